"""Writes tests/fixtures/plateau/*.csv by running the real ReduceLROnPlateau.

    python3 -m venv VENV && VENV/bin/pip install numpy==2.4.6 torch==2.13.0 keras==3.15.1
    VENV/bin/python tests/golden/plateau.py

Each file is one run on a made-up metric: how the scheduler is declared, then t, the rate
that epoch t was trained with, and the metric that was handed to scheduler.step() after
it. The files of Keras hold what the callback of that name does; their header says the
same in torch's numbers. tests/unit/test_plateau.c reads the files; it needs no Python.
"""

import math
import os
import pathlib
import random
import types
import warnings

os.environ["KERAS_BACKEND"] = "torch"
import keras
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "plateau"

# Shapes of a watched metric, one value each epoch.


def falling(source, t):
    """A loss: falls, then only noise is left."""
    return 0.2 + math.exp(-t / 12) + 0.03 * source.gauss(0, 1)


def rising(source, t):
    return 0.9 - math.exp(-t / 12) + 0.03 * source.gauss(0, 1)


def stuck(source, t):
    return 1.0


def broken(source, t):
    """NaN and infinity now and then, and at the start."""
    if t in (0, 7, 8, 9, 30):
        return math.nan
    return math.inf if t in (1, 12, 13) else falling(source, t)


def around_zero(source, t):
    return 0.5 - 0.02 * t + 0.1 * source.gauss(0, 1)


def in_steps(source, t):
    """Ties: rounded to a few values."""
    return round(falling(source, t), 1)


def creeping(source, t):
    """Gets better by less than most thresholds, each epoch."""
    return 2 - 1e-4 * t


# name -> (base_lr, shape, epochs, parameters)
TORCH = {
    "defaults": (0.1, falling, 120, {}),
    "patience_0": (0.1, falling, 40, dict(patience=0, factor=0.7)),
    "patience_3_cooldown_2": (0.01, falling, 100, dict(patience=3, cooldown=2, factor=0.5)),
    "cooldown_5_stuck": (0.1, stuck, 60, dict(patience=2, cooldown=5, factor=0.5)),
    "max": (0.1, rising, 100, dict(mode="max", patience=5, factor=0.3)),
    "max_abs": (0.1, rising, 100, dict(mode="max", patience=4, threshold=0.01, threshold_mode="abs")),
    "abs_0": (0.1, in_steps, 80, dict(patience=4, threshold=0.0, threshold_mode="abs", factor=0.5)),
    "rel_large": (0.1, falling, 100, dict(patience=6, threshold=0.1, factor=0.2)),
    "min_lr": (0.1, stuck, 60, dict(patience=3, factor=0.3, min_lr=0.002)),
    "eps": (1e-7, stuck, 40, dict(patience=1, factor=0.5)),
    "eps_large": (0.1, stuck, 40, dict(patience=1, factor=0.5, eps=0.02)),
    "nan": (0.1, broken, 80, dict(patience=4, factor=0.5)),
    "below_zero": (0.1, around_zero, 80, dict(patience=3, factor=0.5, threshold=0.01)),
    "creeping": (0.1, creeping, 80, dict(patience=7, factor=0.5)),
    "factor_09_many": (0.1, stuck, 260, dict(patience=1, factor=0.9)),
    "threshold_1": (0.1, falling, 30, dict(patience=5, factor=0.5, threshold=1.0)),
}
KERAS = {
    "keras_defaults": (0.1, falling, 120, {}),
    "keras_patience_0": (0.1, falling, 40, dict(patience=0, factor=0.7)),
    "keras_patience_1": (0.1, falling, 40, dict(patience=1, factor=0.7)),
    "keras_cooldown_1": (0.1, in_steps, 80, dict(patience=5, cooldown=1, factor=0.5, min_delta=0)),
    "keras_cooldown_4": (0.1, stuck, 60, dict(patience=3, cooldown=4, factor=0.5, min_delta=0.01)),
    "keras_max_min_lr": (0.1, rising, 120, dict(mode="max", patience=6, factor=0.2, min_lr=1e-3)),
}


def metric_of(name, shape, epochs):
    source = random.Random(name)
    return [shape(source, t) for t in range(epochs)]


def run_torch(base_lr, metric, params):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr)
    scheduler = ReduceLROnPlateau(optimizer, **params)
    seen = []
    for value in metric:
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(value)
    return seen


def run_keras(base_lr, metric, params):
    optimizer = types.SimpleNamespace(learning_rate=base_lr)
    callback = keras.callbacks.ReduceLROnPlateau(monitor="watched", **{"mode": "min", **params})
    callback.set_model(types.SimpleNamespace(optimizer=optimizer, metrics=[]))
    callback.on_train_begin()
    seen = []
    for epoch, value in enumerate(metric):
        seen.append(optimizer.learning_rate)
        callback.on_epoch_end(epoch, {"watched": value})
    return seen


def as_torch(params):
    """What fit/plateau.h says about Keras' numbers."""
    return dict(
        mode=params.get("mode", "min"),
        factor=params.get("factor", 0.1),
        patience=max(params.get("patience", 10), 1) - 1,
        threshold=params.get("min_delta", 1e-4),
        threshold_mode="abs",
        cooldown=max(params.get("cooldown", 0), 1) - 1,
        min_lr=params.get("min_lr", 0.0),
        eps=0.0,
    )


def write(name, framework, base_lr, params, seen, metric):
    words = [f"base_lr={base_lr!r}", *(f"{key}={value}" for key, value in params.items())]
    lines = [f"# {framework}", "# part type=ReduceLROnPlateau " + " ".join(words), "t,lr,metric"]
    lines += [f"{t},{lr:.17g},{value:.17g}" for t, (lr, value) in enumerate(zip(seen, metric))]
    (FOLDER / f"{name}.csv").write_text("\n".join(lines) + "\n")


def main():
    warnings.simplefilter("ignore")
    keras.backend.set_floatx("float64")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (base_lr, shape, epochs, params) in TORCH.items():
        metric = metric_of(name, shape, epochs)
        version = "torch " + torch.__version__.split("+")[0]
        write(name, version, base_lr, params, run_torch(base_lr, metric, params), metric)
    for name, (base_lr, shape, epochs, params) in KERAS.items():
        metric = metric_of(name, shape, epochs)
        version = f"keras {keras.__version__} {params}".replace("'", "")
        write(name, version, base_lr, as_torch(params), run_keras(base_lr, metric, params), metric)
    print(f"{len(TORCH) + len(KERAS)} runs in {FOLDER}")


if __name__ == "__main__":
    main()
