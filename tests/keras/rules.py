# SPDX-License-Identifier: Apache-2.0
"""Which differences are explained, and by what; README.md has the reasons."""
import re

import numpy as np

import compare


def movable(where):
    """Numbers, and what follows from numbers (how many epochs ran); never names, their order, or texts."""
    return "summary" not in where and not where.endswith("/keys")


def conditioned(left, seen, keras, counts):
    """Takes out what Keras itself does not hold still: the same run with every first weight and input moved by half a unit in its
    last place, or in double precision, ends as far from Keras' own run as the library does."""
    if not any(movable(one.where) for one in left):
        return left
    others = [compare.opened(keras(shake=6e-8)), compare.opened(keras(shake=1.2e-7)), compare.opened(keras(floatx="float64"))]
    own = compare.opened(seen)
    spread = {}
    for name, found in own.items():
        for path, value in found.items():
            where = name + "".join("/%s" % step for step in path)
            errors = [compare.distance(value, other[name][path]) if path in other.get(name, {}) else None for other in others]
            spread[where] = float("inf") if None in errors else max(errors)
    kept = [one for one in left if not movable(one.where) or spread.get(one.where, 0) == 0 or (one.error or 0) > 8 * spread[one.where]]
    if len(kept) < len(left):
        counts["within what Keras itself moves by" if not kept else "partly moves"] += 1
    return kept


def own_history(case, left, counts):
    """A History among the caller's callbacks is the history that Keras' fit answers, at that callback's place; the library's own
    stands behind all of them and sees what later callbacks add. The callback's own history is compared by itself."""
    for index, op in enumerate(case["programme"]):
        kinds = [one["kind"] for one in op.get("callbacks", [])]
        if "history" in kinds and {"reduce_lr_on_plateau", "learning_rate_scheduler"} & set(kinds[kinds.index("history"):]):
            names = ["%d fit history/%s" % (index, key) for key in ("keys", "learning_rate")]
            kept = [one for one in left if one.where not in names]
            counts["a History among the callbacks"] += len(kept) < len(left)
            left = kept
    return left


def calls_elsewhere(case):
    """Keras numbers all calls of a model, in whichever model they are; a summary of the library those in the model it is of."""
    graphs = case["models"] + [case["model"]]
    callers = [[index for index, graph in enumerate(graphs) if any(node.get("model") == inner for node in graph["nodes"])]
               for inner in range(len(case["models"]))]
    names = [model["name"] for model, where in zip(case["models"], callers) if len(where) > 1]
    return (lambda text: re.sub(r"\b(%s)\[\d+\]" % "|".join(names), r"\1", text)) if names else None


def unbuilt(case):
    """Whether a fit made no step, for want of epochs: Keras has then not built the optimizer, the library has."""
    return any(op["do"] == "fit" and op.get("initial_epoch", 0) >= op["epochs"] for op in case["programme"])


def no_epoch(case):
    """Without the lines that tell of an optimizer."""
    def without(text):
        return "\n".join(line for line in text.split("\n") if "Total params" not in line and "Optimizer params" not in line)
    return without if unbuilt(case) else None


def added_twice(case):
    """Keras lists a model that was added twice to a Sequential twice, the library once: a row more, with what lies in it."""
    graphs = [graph for graph in case["models"] + [case["model"]] if graph["sequential"]]
    added = [[node["model"] for node in graph["nodes"] if "model" in node] for graph in graphs]
    if all(len(models) == len(set(models)) for models in added):
        return None
    return lambda text: "\n".join(dict.fromkeys(text.split("\n")))


def summaries(case, left, counts):
    """Summaries are the same once what is explained is taken out of both."""
    active = {rule.__name__: change for rule in (calls_elsewhere, no_epoch, added_twice) for change in [rule(case)] if change}

    def plain(text):
        for change in active.values():
            text = change(text)
        return text

    kept = [one for one in left if not one.where.endswith(" summary") or plain(one.keras) != plain(one.library)]
    if len(kept) < len(left):
        counts["summary: " + ", ".join(active)] += 1
    return kept


def no_average(case, left, counts):
    """At the end of a fit with use_ema Keras fails where the optimizer was never built: no epoch, or nothing to train."""
    fails = "_model_variables_moving_average" in str(left[0].keras) and left[0].library == "goes on"
    if not fails or not case["compile"]["optimizer"]["config"].get("use_ema") or not (unbuilt(case) or case["frozen"]):
        return left
    counts["use_ema of an optimizer that Keras has not built"] += 1
    return []


def monitored_key(case, left, counts):
    """In mode "auto" Keras finds a direction by the metric's bare name, and refuses keys that carry an output's name or a number
    behind it; the library knows the direction of each of its keys."""
    one = left[0]
    unknown = "isn't able to automatically determine whether that metric should be maximized" in str(one.keras)
    monitored = [callback["config"]["monitor"] for op in case["programme"] for callback in op.get("callbacks", [])
                 if callback.get("config", {}).get("mode") == "auto"]
    if not unknown or not any(name in one.keras and name.removeprefix("val_") not in bare_names(case) for name in monitored):
        return left
    counts["a key whose direction only the library knows"] += 1
    return []


def broadcast(case, left, counts):
    """Keras repeats an output of width 1 along wider targets; the library refuses targets of another shape."""
    one = left[0]
    wide = case["wrong"] == "target_width" and case["model"]["output_shapes"][0][-1:] == [1]
    if not wide or one.keras != "goes on" or "target has shape" not in one.library:
        return left
    counts["targets that broadcast"] += 1
    return []


def bare_names(case):
    """Metrics as Keras knows them without output and number."""
    compiled = case["compile"]
    if len(compiled["losses"]) > 1:
        return ["loss"]
    return ["loss"] + [one["config"].get("name", one["kind"]) for key in ("metrics", "weighted_metrics") for one in compiled[key][0]]


def nan_of_units_that_were_off(case, seen, found, left, counts):
    """After NaN in the inputs, weights may be numbers in the library where they are NaN in Keras, and nowhere else."""
    if not any(put["nan"] for put in case["inputs"]):
        return left
    keras, library = compare.opened(seen), compare.opened(found)

    def explained(one):
        name, _, index = one.where.rpartition("/")
        if not name.endswith(" weights") or not index.isdigit():
            return False
        a, b = keras[name][(int(index),)], library[name].get((int(index),))
        if b is None or a.shape != b.shape or (np.isnan(b) & ~np.isnan(a)).any():
            return False
        return compare.arrays(a, np.where(np.isnan(a), a, b)) <= compare.TOLERANCE

    kept = [one for one in left if not explained(one)]
    counts["NaN gradients of units that were off"] += len(kept) < len(left)
    return kept


def explain(case, seen, found, left, keras, counts):
    """The differences that no rule explains."""
    if any(one.where == "refused" for one in left):
        for rule in (monitored_key, broadcast, no_average):
            left = left and rule(case, left, counts)
        return left
    left = nan_of_units_that_were_off(case, seen, found, left, counts)
    for rule in (own_history, summaries):
        left = rule(case, left, counts)
    return conditioned(left, seen, keras, counts) if left else left
