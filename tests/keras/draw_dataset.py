# SPDX-License-Identifier: Apache-2.0
"""Datasets as draw.py describes them: where rows come from, and the stages that they go through, in tf.data's words."""


def rows_of(description):
    """Rows of a pass, -2 without end."""
    rows = description["rows"]
    for stage, *settings in description["stages"]:
        if stage == "take":
            rows = settings[0] if rows == -2 else min(rows, settings[0])
        if stage == "skip" and rows != -2:
            rows = max(rows - settings[0], 0)
        if stage == "repeat":
            rows = -2 if settings[0] == -1 or rows == -2 else rows * settings[0]
    return rows


def batch_of(description, batch_size):
    """Rows of a batch where the call says batch_size."""
    return description["batch"] or batch_size


def batches_of(description, batch_size):
    """Batches of a pass, None without end."""
    rows, size = rows_of(description), batch_of(description, batch_size)
    if rows == -2:
        return None
    return rows // size if description["drop_remainder"] else -(-rows // size)


def stage(draw, present):
    """One stage behind so many rows, of which some are left."""
    kind = draw.one(["take", "skip", "repeat", "map", "map", "shuffle"])
    if kind == "take":
        return [kind, draw.whole(1, present + 3) if present != -2 else draw.whole(8, 60)]
    if kind == "skip":
        return [kind, draw.whole(0, present - 1) if present != -2 else draw.whole(1, 20)]
    if kind == "repeat":
        return [kind, draw.one([-1, 1, 2, 3])]
    return [kind] if kind == "map" else [kind, 1, draw.whole(0, 9)]  # a buffer of one row keeps the order


def dataset(draw, rows, endless=True, weights=False):
    """A dataset of these rows; `weights` with sample weights."""
    made = {"from": draw.one(["tensors", "generator", "generator"]), "rows": rows, "stages": [], "weights": weights, "batch": None,
            "drop_remainder": False}
    if made["from"] == "generator":
        made.update(known=draw.chance(0.5), seek=draw.chance(0.5), chunk=draw.one([1, draw.whole(2, 9), 64]))
    for _ in range(draw.one([0, 0, 1, 1, 2, 3])):
        after = dict(made, stages=made["stages"] + [stage(draw, rows_of(made))])
        if rows_of(after) <= 120 and (endless or rows_of(after) != -2):
            made = after
    total = rows_of(made)
    if draw.chance(0.8):
        made["batch"] = draw.one([draw.whole(2, 15), draw.whole(2, 15), 32])
        made["drop_remainder"] = draw.chance(0.3) and (total == -2 or total >= made["batch"])
    made["prefetch"] = draw.one([None, None, 0, draw.whole(1, 3)])
    return made


def stream(draw, rows):
    """A generator that cannot begin anew: these rows again and again."""
    return {"from": "stream", "rows": rows, "stages": [], "weights": False, "batch": draw.whole(2, 9), "drop_remainder": False,
            "known": False, "seek": False, "chunk": draw.whole(1, 12), "prefetch": draw.one([None, 1])}


def is_known(description):
    """Whether rows of a pass are known, to both."""
    return description["from"] == "tensors" or description["known"]


def steps(draw, description, batch_size, several=False):
    """steps of a call, or None; of several epochs not so that a pass of unknown length ends with an epoch (README.md, "Epochs
    without batches")."""
    batches = batches_of(description, batch_size)
    if batches is None or description["from"] == "stream":
        return draw.whole(1, 6)
    wanted = draw.whole(1, batches + 2)
    if draw.chance(0.6) or (several and not is_known(description) and batches % wanted == 0):
        return None
    return wanted
