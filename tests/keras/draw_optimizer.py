# SPDX-License-Identifier: Apache-2.0
"""Optimizers with their stages, schedules of the learning rate, and constraints, as draw.py describes them."""

SCHEDULES = ["exponential_decay", "piecewise_constant_decay", "polynomial_decay", "inverse_time_decay", "cosine_decay",
             "cosine_decay_restarts"]
CONSTRAINTS = ["max_norm", "min_max_norm", "unit_norm", "non_neg", "radial_constraint"]


def schedule(draw, rate, steps):
    """A schedule that begins near this rate and changes within so many steps."""
    kind = draw.one(SCHEDULES)
    initial, decay_steps = float("%.3g" % (rate() * draw.one([1, 1, 2]))), draw.one([draw.whole(1, steps), draw.real(0.7, steps)])
    if kind in ("exponential_decay", "inverse_time_decay"):
        config = {"initial_learning_rate": initial, "decay_steps": decay_steps,
                  "decay_rate": draw.one([draw.real(0.2, 1), draw.real(0, 3)])}
        if draw.chance(0.4):
            config["staircase"] = draw.chance(0.7)
    elif kind == "piecewise_constant_decay":
        boundaries = sorted({draw.whole(0, steps) for _ in range(draw.whole(1, 4))})
        if draw.chance(0.2):
            boundaries = [boundary + 0.5 for boundary in boundaries]
        config = {"boundaries": [float(boundary) for boundary in boundaries],
                  "values": [rate() for _ in range(len(boundaries) + 1)]}
    elif kind == "polynomial_decay":
        config = {"initial_learning_rate": initial, "decay_steps": decay_steps}
        if draw.chance(0.7):
            config.update(end_learning_rate=draw.one([0.0, rate()]), power=draw.one([1.0, 2.0, 0.0, draw.real(0.3, 3)]),
                          cycle=draw.chance(0.4))
    elif kind == "cosine_decay":
        config = {"initial_learning_rate": draw.one([0.0, initial]), "decay_steps": decay_steps}
        if draw.chance(0.5):
            config["alpha"] = draw.one([1.0, draw.real(0, 1)])
        if draw.chance(0.7):
            config.update(warmup_target=draw.one([None, rate(), rate()]),
                          warmup_steps=draw.one([0, draw.whole(1, steps), draw.real(0.5, steps)]))
    else:
        config = {"initial_learning_rate": initial, "first_decay_steps": decay_steps}
        if draw.chance(0.7):
            config.update(t_mul=draw.one([1.0, 2.0, draw.real(1, 2.5)]), m_mul=draw.one([1.0, draw.real(0, 1.5)]))
        if draw.chance(0.5):
            config["alpha"] = draw.real(0, 1)
    return {"kind": kind, "config": config}


def constraint(draw, kinds, axes):
    """A constraint of one of these kinds; norms along one of these axes, or lists of them, or the default."""
    kind, config = draw.one(kinds), {}
    if kind == "max_norm" and draw.chance(0.8):
        config["max_value"] = draw.one([1, draw.real(0, 2)])
    if kind == "min_max_norm" and draw.chance(0.8):
        config.update(min_value=draw.real(0, 0.8), max_value=draw.real(0.8, 2))
        if draw.chance(0.6):
            config["rate"] = draw.real(0, 1)
    if kind.endswith("_norm") and draw.chance(0.6):
        config["axis"] = draw.one(axes)
    return {"kind": kind, "config": config}


def stages(draw, extras, config):
    """What is the same for all kinds, where the library's lists it."""
    clips = {"clipnorm": lambda: draw.real(0.05, 2), "global_clipnorm": lambda: draw.real(0.05, 2),
             "clipvalue": lambda: draw.real(0.01, 1)}
    clips = {key: value for key, value in clips.items() if key in extras}
    if clips and draw.chance(0.3):
        key = draw.one(list(clips))
        config[key] = clips[key]()
    if "use_ema" in extras and draw.chance(0.2):
        config.update(use_ema=True, ema_momentum=draw.real(0.5, 0.99))
        if draw.chance(0.5):
            config["ema_overwrite_frequency"] = draw.whole(1, 5)
    if "gradient_accumulation_steps" in extras and draw.chance(0.2):
        config["gradient_accumulation_steps"] = draw.whole(2, 4)
    if "loss_scale_factor" in extras and draw.chance(0.15):
        config["loss_scale_factor"] = draw.one([128.0, draw.small(1e-2, 1e3)])
    if "exclude_from_weight_decay" in extras and draw.chance(0.2):
        config["exclude_from_weight_decay"] = draw.one(["bias", "kernel", "bias|kernel", "ern", "gamma|bi", "moment"])
        if draw.chance(0.8):
            config["weight_decay"] = draw.small(1e-2, 0.3)
    if "amsgrad" in extras and draw.chance(0.3):
        config["amsgrad"] = True


def optimizer(draw, kinds, extras):
    kind = draw.one(kinds)
    rate = lambda: draw.small(1e-2, 0.3) if kind == "sgd" else draw.small(3e-4, 2e-2)
    config = {"learning_rate": schedule(draw, rate, 12) if draw.chance(0.3) else rate()} if draw.chance(0.9) else {}
    if kind == "sgd" and draw.chance(0.6):
        config.update(momentum=draw.real(0, 0.95), nesterov=draw.chance(0.5))
    if kind == "rmsprop" and draw.chance(0.7):
        config.update(rho=draw.real(0.5, 0.99), momentum=draw.one([0.0, draw.real(0, 0.9)]), centered=draw.chance(0.4),
                      epsilon=draw.small(1e-6, 1e-2))
    if kind.startswith("adam") and draw.chance(0.6):
        config.update(beta_1=draw.real(0.5, 0.95), beta_2=draw.real(0.8, 0.999), epsilon=draw.small(1e-7, 1e-3))
    if draw.chance(0.3):
        config["weight_decay"] = draw.small(1e-4, 5e-2)
    stages(draw, extras[kind], config)
    return {"kind": kind, "config": config}


def is_scheduled(optimizer):
    return isinstance(optimizer["config"].get("learning_rate"), dict)


def wrong_optimizer(draw, config):
    """Makes a setting wrong."""
    kind = draw.one(["two clips", "accumulation", "ema_momentum", "decay_steps"])
    if kind == "two clips":
        config.update(clipnorm=1.0, clipvalue=0.5)
    elif kind == "accumulation":
        config["gradient_accumulation_steps"] = draw.one([1, -2])
    elif kind == "ema_momentum":
        config.update(use_ema=True, ema_momentum=draw.one([1.5, -0.1]))
    else:
        config["learning_rate"] = {"kind": draw.one(SCHEDULES[2:5]), "config": {
            "initial_learning_rate": 0.1, "decay_steps": draw.one([0, -3.0])}}
        if config["learning_rate"]["kind"] == "inverse_time_decay":
            config["learning_rate"]["config"]["decay_rate"] = 0.5
