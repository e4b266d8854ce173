# SPDX-License-Identifier: Apache-2.0
"""What differs between two lists of observations."""
import math

import numpy as np

TOLERANCE = 1e-5  # of the greatest magnitude of the array, of the key's history, of the number
FLOOR = 1e-7      # numbers below it count as none: differences of numbers about 1 in single precision
STEPS = ("acc", "accuracy", "Accuracy", "m0", "m1", "m2", "m3")


class Difference:
    def __init__(self, where, keras, library, error):
        self.where, self.keras, self.library, self.error = where, keras, library, error

    def __str__(self):
        error = "" if self.error is None else "   (relative %.2g)" % self.error
        return "%s:\n    keras   %s\n    library %s%s" % (self.where, self.keras, self.library, error)


def far(a, b, scale):
    """Distance over scale; 0 where both are the same infinity or NaN, infinite where only one is."""
    if math.isfinite(a) and math.isfinite(b):
        return abs(a - b) / max(scale, FLOOR / TOLERANCE)
    return 0.0 if (math.isnan(a) and math.isnan(b)) or a == b else math.inf


def arrays(a, b):
    """Greatest distance over the greatest magnitude."""
    if a.shape != b.shape:
        return math.inf
    if a.size == 0:
        return 0.0
    a, b = a.astype(np.float64), b.astype(np.float64)
    fine = np.isfinite(a) & np.isfinite(b)
    odd = ~fine & ~((np.isnan(a) & np.isnan(b)) | (a == b))
    if odd.any():
        return math.inf
    if not fine.any():
        return 0.0
    scale = max(np.abs(a[fine]).max(), np.abs(b[fine]).max(), FLOOR / TOLERANCE)
    return float(np.abs(a[fine] - b[fine]).max() / scale)


def leaves(value, path=()):
    """Every leaf of an observation as (path, value): numbers, texts, arrays."""
    if isinstance(value, dict):
        yield path + ("keys",), ", ".join(value)
        for key, inner in value.items():
            yield from leaves(inner, path + (key,))
    elif isinstance(value, (list, tuple)):
        numbers = value and all(isinstance(one, float) for one in value)
        if numbers:
            yield path, np.array(value, np.float64)
        else:
            yield path + ("count",), len(value)
            for index, inner in enumerate(value):
                yield from leaves(inner, path + (index,))
    elif isinstance(value, np.ndarray):
        yield path, value
    else:
        yield path, value


def csv(text, separator):
    """A log's cells; numbers as numbers, all else as text."""
    rows = []
    for line in text.split("\r\n"):
        row = []
        for cell in line.split(separator):
            try:
                row.append(float(cell))
            except ValueError:
                row.append(cell)
        rows.append([row])
    return rows


def opened(seen):
    """Observations by name, in a form that can be compared leaf by leaf."""
    found = {}
    for name, value in seen:
        if " csv " in name:
            value = csv(value, name.split(" csv ")[1])
        found[name] = dict(leaves(value))
    return found


def distance(a, b):
    """None for different texts or counts, else how far two leaves are apart."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return arrays(a, b)
    if isinstance(a, float) and isinstance(b, float):
        return far(a, b, max(abs(a), abs(b)) if math.isfinite(a) and math.isfinite(b) else 1)
    return 0.0 if type(a) is type(b) and a == b else None


def short(value):
    if isinstance(value, np.ndarray):
        return np.array2string(value.ravel()[:12], precision=8, max_line_width=200) + (" ..." if value.size > 12 else "")
    if isinstance(value, str) and "\n" in value:
        return "\n" + value
    return repr(value)


def differences(keras, library):
    """All leaves that differ; a refusal by one side alone is one difference."""
    found = []
    refused = [dict(seen).get("refused") for seen in (keras, library)]
    if (refused[0] is None) != (refused[1] is None):
        return [Difference("refused", refused[0] or "goes on", refused[1] or "goes on", None)]
    one, two = opened(keras), opened(library)
    for name in one:
        if name == "refused" or (refused[0] is not None and name not in two):
            continue
        if name not in two:
            found.append(Difference(name, "there", "missing", None))
            continue
        for path in one[name]:
            where = name + "".join("/%s" % step for step in path)
            if path not in two[name]:
                found.append(Difference(where, short(one[name][path]), "missing", None))
                continue
            error = distance(one[name][path], two[name][path])
            if error is None or error > TOLERANCE:
                found.append(Difference(where, short(one[name][path]), short(two[name][path]), error))
        found += [Difference(name + "".join("/%s" % step for step in path), "missing", short(two[name][path]), None)
                  for path in two[name] if path not in one[name]]
    return found
