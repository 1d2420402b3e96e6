"""Runs every snippet of `epochd schedule --code` against the real frameworks.

    python3 -m venv VENV && VENV/bin/pip install torch transformers accelerate timm keras lightning
    VENV/bin/python tests/golden/snippets.py [EPOCHD] [TYPE...]

For each case below, in both units, the code for each framework is executed as it is, with a
tiny model and data, and the learning rate of every optimizer update is compared with the
curve of `epochd schedule --csv`: to 1e-12 of its height, for Keras (32-bit) to 1e-6. Where a
framework counts updates and the schedule epochs, the first update of each epoch is compared.
ReduceLROnPlateau is compared with torch's own, fed the same losses. Not part of `make test`.
"""

import contextlib
import csv
import importlib.metadata
import importlib.util
import io
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback
import types
import warnings

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TQDM_DISABLE", "1")

import keras
import lightning
import numpy
import torch
import transformers
from torch.optim.optimizer import register_optimizer_step_pre_hook

try:
    import timm.scheduler
except ImportError:  # its models need torchvision, its schedulers do not
    for name in [name for name in sys.modules if name.split(".")[0] == "timm"]:
        del sys.modules[name]
    stub = types.ModuleType("timm")
    stub.__path__ = importlib.util.find_spec("timm").submodule_search_locations
    sys.modules["timm"] = stub
    import timm.scheduler

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EPOCHD = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release/epochd").resolve())
FRAMEWORKS = ["pytorch", "lightning", "huggingface", "keras"]
UPDATES = 3  # in an epoch
TOLERANCE = {"keras": 1e-6}

# --- what is run: (type or spec, parameters, steps) ---

CASES = [
    ("constant", dict(base_lr=0.03), 6),
    ("CosineAnnealingLR", dict(T_max=20), 20),
    ("CosineAnnealingLR", dict(T_max=20, eta_min=0.01), 20),
    ("CosineAnnealingLR", dict(T_max=20), 21),
    ("CosineAnnealingLR", dict(T_max=7, eta_min=0.001), 20),
    ("CosineAnnealingWarmRestarts", dict(T_0=7, eta_min=0.001), 21),
    ("CosineAnnealingWarmRestarts", dict(T_0=3, T_mult=2), 24),
    ("StepLR", dict(step_size=4, gamma=0.5), 14),
    ("MultiStepLR", dict(milestones="3,4,9", gamma=0.3), 12),
    ("ExponentialLR", dict(gamma=0.9), 20),
    ("LinearLR", dict(), 8),
    ("LinearLR", dict(start_factor=1, end_factor=0, total_iters=12), 12),
    ("LinearLR", dict(start_factor=1, end_factor=0.1, total_iters=10), 15),
    ("ConstantLR", dict(factor=0.25, total_iters=4), 9),
    ("PolynomialLR", dict(total_iters=12, power=2), 12),
    ("PolynomialLR", dict(total_iters=12, power=0.9), 15),
    ("OneCycleLR", dict(max_lr=0.2, total_steps=20), 20),
    ("OneCycleLR", dict(max_lr=0.2, epochs=5, steps_per_epoch=4, pct_start=0.25, anneal_strategy="linear"), 20),
    ("OneCycleLR", dict(max_lr=0.2, total_steps=24, three_phase="true"), 24),
    ("CyclicLR", dict(base_lr=0.01, max_lr=0.1, step_size_up=4), 20),
    ("CyclicLR", dict(base_lr=0.01, max_lr=0.1, step_size_up=3, step_size_down=5, mode="triangular2"), 20),
    ("CyclicLR", dict(base_lr=0.01, max_lr=0.1, step_size_up=4, mode="exp_range", gamma=0.95), 20),
    ("cosine_with_warmup", dict(num_warmup_steps=4, num_training_steps=20), 20),
    ("cosine_with_warmup", dict(num_warmup_steps=0, num_training_steps=20), 20),
    ("cosine_with_warmup", dict(num_warmup_steps=2, num_training_steps=12), 18),
    ("cosine_with_warmup", dict(num_warmup_steps=2, num_training_steps=20, num_cycles=1.5), 20),
    ("cosine_with_restarts", dict(num_warmup_steps=2, num_training_steps=20, num_cycles=3), 20),
    ("cosine_with_restarts", dict(num_warmup_steps=0, num_training_steps=15, num_cycles=3), 18),
    ("cosine_with_min_lr", dict(num_warmup_steps=4, num_training_steps=20, min_lr=0.01), 20),
    ("cosine_with_min_lr", dict(num_warmup_steps=0, num_training_steps=20, min_lr_rate=0.2), 20),
    ("cosine_warmup_with_min_lr", dict(num_warmup_steps=4, num_training_steps=20, min_lr=0.01), 20),
    ("cosine_warmup_with_min_lr",
     dict(num_warmup_steps=4, num_training_steps=20, min_lr_rate=0.1, warmup_lr_rate=0.3), 20),
    ("linear_with_warmup", dict(num_warmup_steps=4, num_training_steps=20), 20),
    ("linear_with_warmup", dict(num_warmup_steps=0, num_training_steps=20), 22),
    ("constant_with_warmup", dict(num_warmup_steps=5), 9),
    ("polynomial_decay_with_warmup", dict(num_warmup_steps=3, num_training_steps=20, power=2), 20),
    ("polynomial_decay_with_warmup", dict(num_warmup_steps=0, num_training_steps=15, lr_end=0.001), 18),
    ("inverse_sqrt", dict(num_warmup_steps=4), 20),
    ("inverse_sqrt", dict(num_warmup_steps=0), 12),
    ("inverse_sqrt", dict(num_warmup_steps=3, timescale=9), 12),
    ("warmup_stable_decay", dict(num_warmup_steps=3, num_decay_steps=6, num_training_steps=20), 20),
    ("warmup_stable_decay",
     dict(num_warmup_steps=3, num_decay_steps=6, num_stable_steps=5, decay_type="1-sqrt", min_lr_ratio=0.1), 17),
    ("warmup_stable_decay",
     dict(num_warmup_steps=4, num_decay_steps=6, num_stable_steps=2, warmup_type="cosine", decay_type="linear"), 12),
    ("CosineLRScheduler", dict(t_initial=20, lr_min=0.001), 24),
    ("CosineLRScheduler", dict(t_initial=15, lr_min=0.001, warmup_t=4, warmup_lr_init=0.01, warmup_prefix="true"), 19),
    ("CosineLRScheduler", dict(t_initial=15, warmup_t=4), 15),
    ("CosineLRScheduler", dict(t_initial=5, cycle_limit=3, cycle_mul=2, cycle_decay=0.5, k_decay=1.5), 40),
    ("CosineDecay", dict(initial_learning_rate=0.1, decay_steps=20, alpha=0.1), 24),
    ("CosineDecay", dict(initial_learning_rate=0, decay_steps=16, warmup_target=0.2, warmup_steps=4), 20),
    ("CosineDecayRestarts", dict(initial_learning_rate=0.1, first_decay_steps=6, t_mul=1, m_mul=0.8, alpha=0.01), 20),
    ("CosineDecayRestarts", dict(initial_learning_rate=0.1, first_decay_steps=5), 14),
    ("CosineAnnealingLR", dict(base_lr=1, T_max=20), 20),  # Keras computes in integers if it is given them
    ("plan", dict(epochs=20, cycles=1, steps_per_epoch=UPDATES), 20),
    ("plan", dict(epochs=20, cycles=2, warmup=3, eta_min=0.001, steps_per_epoch=UPDATES), 20),
    ("plan", dict(epochs=20, cycles=1, warmup=3, base_lr=1, steps_per_epoch=UPDATES), 20),
    (dict(type="ChainedScheduler", base_lr=0.1, schedulers=[
        dict(type="ConstantLR", factor=0.1, total_iters=3), dict(type="ExponentialLR", gamma=0.9),
    ]), {}, 20),
    (dict(type="ChainedScheduler", base_lr=0.1, schedulers=[
        dict(type="LinearLR", start_factor=0.2, total_iters=5), dict(type="MultiStepLR", milestones=[6, 12], gamma=0.5),
        dict(type="PolynomialLR", total_iters=25),
    ]), {}, 20),
    (dict(type="SequentialLR", base_lr=0.1, milestones=[4], schedulers=[
        dict(type="LinearLR", start_factor=0.2, total_iters=4), dict(type="CosineAnnealingLR", T_max=16, eta_min=0.001),
    ]), {}, 20),
    (dict(type="SequentialLR", base_lr=0.1, milestones=[4, 9], schedulers=[
        dict(type="LinearLR", start_factor=0.2, total_iters=4), dict(type="constant"),
        dict(type="PolynomialLR", total_iters=8, power=2),
    ]), {}, 20),
    (dict(type="SequentialLR", base_lr=0.1, milestones=[3], schedulers=[
        dict(type="ExponentialLR", gamma=0.9), dict(type="CosineAnnealingWarmRestarts", T_0=4, T_mult=2),
    ]), {}, 20),
    (dict(type="SequentialLR", base_lr=0.1, milestones=[5], schedulers=[
        dict(type="LinearLR", total_iters=5),
        dict(type="warmup_stable_decay", num_warmup_steps=0, num_stable_steps=8, num_decay_steps=5, decay_type="1-sqrt"),
    ]), {}, 18),
    (dict(type="SequentialLR", base_lr=0.1, milestones=[2], schedulers=[
        dict(type="constant"),
        dict(type="cosine_warmup_with_min_lr", num_warmup_steps=3, num_training_steps=12, min_lr_rate=0.1),
    ]), {}, 14),
]

# ReduceLROnPlateau: its parameters beside the losses it is fed
FALLING = [1.0, 0.9, 0.8, 0.8, 0.81, 0.82, 0.8, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.69, 0.69, 0.69, 0.69, 0.69, 0.69]
PLATEAUS = [
    (dict(patience=2), FALLING),
    (dict(patience=1, cooldown=2, factor=0.5, min_lr=0.02), FALLING),
    (dict(patience=0, factor=0.9, threshold_mode="abs", threshold=0.05, eps=0.005), FALLING),
    (dict(patience=1, mode="max"), [round(1.1 - loss, 1) for loss in FALLING]),
]

# --- what a job has of its own ---

LRS = []  # of every update
WATCHED = []  # by epoch or by update, for ReduceLROnPlateau
PER_UPDATE = False
STEP_FIRST = 0  # 1: the framework computes the loss inside optimizer.step()
SIZE = 10  # of a validation batch: accuracies are tenths
MARK = 7.0  # an input of the validation data


def watched():
    """After the update or the epoch that is over."""
    at = len(LRS) if PER_UPDATE else len(LRS) // UPDATES
    return WATCHED[min(max(at - 1, 0), len(WATCHED) - 1)]


class TorchModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)

    def forward(self, inputs, labels=None):
        outputs = self.layer(inputs)
        if WATCHED and inputs[0, 0] == MARK:  # right for as many as the accuracy says
            right = inputs[:, 1] < watched() - 0.05
            outputs = outputs * 0 + torch.stack([1 - right.float(), right.float()], 1)
        if labels is None:
            return outputs
        return {"loss": loss_fn(outputs, labels), "logits": outputs}


def loss_fn(outputs, targets):
    if not WATCHED:
        return torch.nn.functional.cross_entropy(outputs, targets)
    if PER_UPDATE and targets[0] == 0:  # a training batch is what is watched
        done = len(LRS) - STEP_FIRST
        return outputs.sum() * 0 + WATCHED[min(done, len(WATCHED) - 1)]
    return outputs.sum() * 0 + watched()


class Pairs(torch.utils.data.Dataset):
    def __init__(self, count, value):
        self.count, self.value = count, value

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        inputs = torch.tensor([self.value, i / self.count])
        return inputs, torch.tensor(int(self.value == MARK))


class Named(Pairs):
    def __getitem__(self, i):
        inputs, targets = super().__getitem__(i)
        return {"inputs": inputs, "labels": targets}


class KerasModel(keras.Sequential):
    def train_step(self, data):
        LRS.append(float(keras.ops.convert_to_numpy(self.optimizer.learning_rate)))
        logs = super().train_step(data)
        return {"loss": WATCHED[min(len(LRS) - 1, len(WATCHED) - 1)]} if WATCHED and PER_UPDATE else logs

    def test_step(self, data):
        logs = super().test_step(data)
        return {"loss": watched(), "accuracy": watched(), "own": 0.0} if WATCHED else logs


def given(framework):
    if framework == "keras":
        size = UPDATES * 32
        return dict(model=KerasModel([keras.layers.Input((2,)), keras.layers.Dense(1)]), loss_fn="mse",
                    x_train=numpy.ones((size, 2)), y_train=numpy.ones((size, 1)),
                    x_val=numpy.ones((SIZE, 2)), y_val=numpy.ones((SIZE, 1)))
    loader = torch.utils.data.DataLoader
    return dict(model=TorchModel(), loss_fn=loss_fn, train_loader=loader(Pairs(UPDATES * 4, 1.0), 4),
                val_loader=loader(Pairs(SIZE, MARK), SIZE), train_dataset=Named(UPDATES * 8, 1.0),
                val_dataset=Named(SIZE, MARK))


# --- running it ---

def schedule(case, unit, *extra):
    kind, params, steps = case
    words = ["--spec", json.dumps(kind)] if isinstance(kind, dict) else ["--type", kind]
    words = [] if kind == "plan" else [*words, "--unit", unit, "--steps", str(steps)]
    for name, value in params.items():
        words += [f"--{name}", str(value)]
    done = subprocess.run([EPOCHD, "schedule", *words, *extra], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def execute(code, framework):
    LRS.clear()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(code, framework, "exec"), given(framework))
    return list(LRS)


def compare(found, wanted, framework, per_epoch):
    """The largest deviation as a share of the curve's height."""
    if per_epoch:
        if len(found) != UPDATES * len(wanted):
            raise AssertionError(f"{len(found)} updates, not {UPDATES * len(wanted)}")
        if framework in ("pytorch", "lightning"):
            wanted = [lr for lr in wanted for _ in range(UPDATES)]
        else:
            found = found[::UPDATES]
    elif framework != "keras" and len(found) != len(wanted):
        raise AssertionError(f"{len(found)} updates, not {len(wanted)}")
    height = max(map(abs, wanted))
    worst, at = max((abs(a - b) / height, t) for t, (a, b) in enumerate(zip(found, wanted, strict=framework != "keras")))
    if worst > TOLERANCE.get(framework, 1e-12):
        raise AssertionError(f"at {at}: {found[at]!r}, the curve has {wanted[at]!r}")
    return worst


def check(case, framework, unit):
    steps = case[2]
    rows = list(csv.DictReader(io.StringIO(schedule(case, unit, "--csv"))))
    wanted = [float(row["lr"]) for row in rows][:steps]
    code = schedule(case, unit, "--code", "--framework", framework)
    try:
        return compare(execute(code, framework), wanted, framework, unit == "epoch")
    except Exception:
        print(code)
        raise


def plateau_lrs(params, losses):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **params)
    lrs = []
    for loss in losses:
        lrs.append(optimizer.param_groups[0]["lr"])
        scheduler.step(loss)
    return lrs


def check_plateau(params, losses, framework, unit):
    global WATCHED, PER_UPDATE, STEP_FIRST
    WATCHED, PER_UPDATE, STEP_FIRST = losses, unit == "step", int(framework == "lightning")
    case = ("ReduceLROnPlateau", params, len(losses))
    code = schedule(case, unit, "--code", "--framework", framework)
    try:
        return compare(execute(code, framework), plateau_lrs(params, losses), framework, unit == "epoch")
    except Exception:
        print(code)
        raise
    finally:
        WATCHED, PER_UPDATE, STEP_FIRST = [], False, 0


# --- the report ---

def every_type():
    names = subprocess.run([EPOCHD, "schedule", "--list"], capture_output=True, text=True, check=True).stdout
    return {line.strip().split(",")[0] for line in names.splitlines() if line.startswith("  ") and line[2] != " "}


def runs(only):
    for kind, params, steps in CASES:
        name = kind["type"] if isinstance(kind, dict) else kind
        for unit in ("epoch",) if name == "plan" else ("epoch", "step"):
            for framework in FRAMEWORKS:
                if not only or name in only:
                    yield name, unit, framework, params, lambda: check((kind, params, steps), framework, unit)
    for params, losses in PLATEAUS:
        for unit in ("epoch", "step"):
            if unit == "step" and params.get("mode") == "max":
                continue  # the accuracy of a training batch: nothing here that says what it is
            for framework in FRAMEWORKS:
                if not only or "ReduceLROnPlateau" in only:
                    yield ("ReduceLROnPlateau", unit, framework, params,
                           lambda: check_plateau(params, losses, framework, unit))


def main():
    register_optimizer_step_pre_hook(
        lambda optimizer, args, kwargs: LRS.append(float(optimizer.param_groups[0]["lr"])))
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    transformers.logging.set_verbosity_error()
    only = set(sys.argv[2:])
    missing = every_type() - {kind["type"] if isinstance(kind, dict) else kind for kind, *_ in CASES} - {"ReduceLROnPlateau"}
    worst, good, failed = dict.fromkeys(FRAMEWORKS, 0.0), dict.fromkeys(FRAMEWORKS, 0), 0
    os.chdir(tempfile.mkdtemp())
    for name, unit, framework, params, run in runs(only):
        try:
            worst[framework] = max(worst[framework], run())
            good[framework] += 1
        except Exception as error:
            failed += 1
            print(f"FAILED {name} {params} unit={unit} {framework}: {error or traceback.format_exc()}")
    print(f"torch {torch.__version__}, lightning {lightning.__version__}, transformers {transformers.__version__}, "
          f"keras {keras.__version__} on {keras.backend.backend()}, timm {importlib.metadata.version('timm')}")
    for framework in FRAMEWORKS:
        print(f"{framework:12} {good[framework]} snippets ran, the largest deviation {worst[framework]:.2g} of the curve's height")
    if missing:
        print(f"no case for {', '.join(sorted(missing))}")
    print(f"{sum(good.values())} passed, {failed} failed")
    return 1 if failed or (missing and not only) else 0


if __name__ == "__main__":
    sys.exit(main())
