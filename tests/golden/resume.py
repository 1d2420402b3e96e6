"""Writes tests/fixtures/resume/*.csv: what the learning rate of the real schedulers does
after the usual ways of resuming a run, right and wrong.

    python3 -m venv VENV && VENV/bin/pip install numpy==2.4.6 torch==2.13.0 transformers==5.24.0
    VENV/bin/python tests/golden/resume.py

Each file is one run of 60 epochs that was stopped and resumed after 33: how its scheduler
is declared, how it was resumed, the cause that is expected of lr_off_schedule ("none": the
curve goes on), then t and the rate that epoch t was trained with.
tests/unit/test_schedule_resume.c reads the files; it needs no Python.
"""

import copy
import pathlib
import warnings

import torch
import transformers
from torch.optim import SGD, lr_scheduler

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "resume"
EPOCHS, RESUMED, LONGER = 60, 33, 90

# type -> (constructor, length parameter, parameters). Chained ones multiply the rate they
# find in the optimizer; the others set it by a formula.
CHAINED = {
    "CosineAnnealingLR": (lr_scheduler.CosineAnnealingLR, "T_max", dict(T_max=60, eta_min=0.001)),
    "StepLR": (lr_scheduler.StepLR, "step_size", dict(step_size=12, gamma=0.5)),
    "PolynomialLR": (lr_scheduler.PolynomialLR, "total_iters", dict(total_iters=60, power=2.0)),
    "LinearLR": (lr_scheduler.LinearLR, "total_iters", dict(start_factor=1.0, end_factor=0.1, total_iters=60)),
    "ExponentialLR": (lr_scheduler.ExponentialLR, None, dict(gamma=0.95)),
}
CLOSED = {
    "CosineAnnealingWarmRestarts": (
        lr_scheduler.CosineAnnealingWarmRestarts,
        "T_0",
        dict(T_0=25, T_mult=2, eta_min=0.001),
    ),
    "cosine_with_warmup": (
        transformers.get_cosine_schedule_with_warmup,
        "num_training_steps",
        dict(num_warmup_steps=5, num_training_steps=60),
    ),
    "linear_with_warmup": (
        transformers.get_linear_schedule_with_warmup,
        "num_training_steps",
        dict(num_warmup_steps=5, num_training_steps=60),
    ),
}


class Job:
    """A training loop: an optimizer, and what makes its scheduler."""

    def __init__(self, kind):
        make, self.length, self.params = {**CHAINED, **CLOSED}[kind]
        self.make = lambda optimizer, last_epoch=-1, **other: make(
            optimizer, last_epoch=last_epoch, **{**self.params, **other}
        )

    def optimizer(self, saved=None):
        optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        if saved:
            optimizer.load_state_dict(saved)
        return optimizer

    def longer(self):
        return {self.length: LONGER if self.params[self.length] > 30 else self.params[self.length] * 2}


def train(optimizer, scheduler, epochs):
    seen = []
    for _ in range(epochs):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def begun_anew(job, saved, state):
    optimizer = job.optimizer()
    return optimizer, job.make(optimizer)


def optimizer_loaded_last(job, saved, state):
    optimizer = job.optimizer()
    scheduler = job.make(optimizer)
    optimizer.load_state_dict(saved)
    return optimizer, scheduler


def optimizer_loaded_first(job, saved, state):
    optimizer = job.optimizer(saved)
    return optimizer, job.make(optimizer)


def last_epoch_given(job, saved, state):
    optimizer = job.optimizer(saved)
    return optimizer, job.make(optimizer, RESUMED - 1)


def last_epoch_one_too_many(job, saved, state):
    optimizer = job.optimizer(saved)
    return optimizer, job.make(optimizer, RESUMED)


def initial_lr_by_hand(job, saved, state):
    """Without it torch raises KeyError: param 'initial_lr' is not specified."""
    optimizer = job.optimizer()
    optimizer.param_groups[0]["initial_lr"] = 0.1
    return optimizer, job.make(optimizer, RESUMED - 1)


def scheduler_loaded_only(job, saved, state):
    optimizer = job.optimizer()
    scheduler = job.make(optimizer)
    scheduler.load_state_dict(state)
    return optimizer, scheduler


def both_loaded(job, saved, state):
    optimizer = job.optimizer()
    scheduler = job.make(optimizer)
    optimizer.load_state_dict(saved)
    scheduler.load_state_dict(state)
    return optimizer, scheduler


def longer_and_loaded(job, saved, state):
    """The state_dict holds the old length: the new one has no effect."""
    optimizer = job.optimizer()
    scheduler = job.make(optimizer, **job.longer())
    optimizer.load_state_dict(saved)
    scheduler.load_state_dict(state)
    return optimizer, scheduler


def longer_with_last_epoch(job, saved, state):
    optimizer = job.optimizer(saved)
    return optimizer, job.make(optimizer, RESUMED - 1, **job.longer())


# how -> the cause for chained types, for the others
WAYS = {
    begun_anew: ("last_epoch_lost", "last_epoch_lost"),
    optimizer_loaded_last: ("last_epoch_lost", "last_epoch_lost"),
    optimizer_loaded_first: ("last_epoch_lost", "last_epoch_lost"),
    last_epoch_given: ("none", "none"),
    last_epoch_one_too_many: ("steps_lost", "steps_lost"),
    initial_lr_by_hand: ("optimizer_lr_lost", "none"),
    scheduler_loaded_only: ("optimizer_lr_lost", "none"),
    both_loaded: ("none", "none"),
    longer_and_loaded: ("none", None),
    longer_with_last_epoch: ("length_changed", "length_changed"),
}
# A constant factor in each step: where it is in the curve makes no difference.
NO_TRACE = {
    ("ExponentialLR", way)
    for way in (optimizer_loaded_last, optimizer_loaded_first, last_epoch_one_too_many)
}


def write(kind, way, cause):
    job = Job(kind)
    optimizer = job.optimizer()
    scheduler = job.make(optimizer)
    seen = train(optimizer, scheduler, RESUMED)
    saved, state = copy.deepcopy(optimizer.state_dict()), copy.deepcopy(scheduler.state_dict())
    seen += train(*way(job, saved, state), EPOCHS - RESUMED)
    words = " ".join(f"{key}={value}" for key, value in job.params.items())
    lines = [
        f"# torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}: {way.__name__}",
        f"# part type={kind} base_lr=0.1 {words}",
        f"# cause {cause}",
        "t,lr",
        *(f"{t},{lr:.17g}" for t, lr in enumerate(seen)),
    ]
    (FOLDER / f"{kind}_{way.__name__}.csv").write_text("\n".join(lines) + "\n")


def main():
    warnings.simplefilter("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = 0
    for kind in (*CHAINED, *CLOSED):
        for way, causes in WAYS.items():
            cause = causes[kind in CLOSED]
            if cause is None or (kind == "ExponentialLR" and "longer" in way.__name__):
                continue
            write(kind, way, "none" if (kind, way) in NO_TRACE else cause)
            files += 1
    print(f"{files} runs in {FOLDER}")


if __name__ == "__main__":
    main()
