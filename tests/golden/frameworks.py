"""The real schedulers behind one face: rate(part, t) and what a training loop sees.

A part is (type, parameters) with the names that epochd uses, which are the frameworks'
own. All of it runs in 64 bits, Keras too.
"""

import importlib
import importlib.metadata
import importlib.util
import logging
import math
import os
import sys
import types
import warnings

os.environ["KERAS_BACKEND"] = "torch"
import keras
import torch
import transformers
from torch.optim import lr_scheduler


def load_timm_scheduler():
    """timm's own __init__ wants torchvision; its schedulers do not."""
    package = types.ModuleType("timm")
    package.__path__ = list(importlib.util.find_spec("timm").submodule_search_locations)
    sys.modules["timm"] = package
    return importlib.import_module("timm.scheduler.cosine_lr")


timm_cosine = load_timm_scheduler()
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
keras.backend.set_floatx("float64")

HUGGING_FACE = {
    "cosine_with_warmup": transformers.get_cosine_schedule_with_warmup,
    "cosine_with_restarts": transformers.get_cosine_with_hard_restarts_schedule_with_warmup,
    "cosine_with_min_lr": transformers.get_cosine_with_min_lr_schedule_with_warmup,
    "cosine_warmup_with_min_lr": transformers.get_cosine_with_min_lr_schedule_with_warmup_lr_rate,
    "linear_with_warmup": transformers.get_linear_schedule_with_warmup,
    "constant_with_warmup": transformers.get_constant_schedule_with_warmup,
    "polynomial_decay_with_warmup": transformers.get_polynomial_decay_schedule_with_warmup,
    "inverse_sqrt": transformers.get_inverse_sqrt_schedule,
    "warmup_stable_decay": transformers.get_wsd_schedule,
}
KERAS = {
    "CosineDecay": keras.optimizers.schedules.CosineDecay,
    "CosineDecayRestarts": keras.optimizers.schedules.CosineDecayRestarts,
}
# What the optimizer's rate is called where it is not base_lr.
RATE_NAMES = {
    "OneCycleLR": "max_lr",
    "CosineDecay": "initial_learning_rate",
    "CosineDecayRestarts": "initial_learning_rate",
}
# They keep a count of their own that only step() moves: no formula of t to ask.
COUNTED = {"CosineAnnealingWarmRestarts"}


def framework_of(kind):
    if kind in HUGGING_FACE:
        return "transformers"
    if kind in KERAS:
        return "keras"
    return "timm" if kind == "CosineLRScheduler" else "torch"


def version_of(framework):
    return importlib.metadata.version(framework).split("+")[0]


def make_optimizer(base_lr):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr)


def make_scheduler(optimizer, base_lr, part, **more):
    kind, params = part
    if kind in HUGGING_FACE:
        return HUGGING_FACE[kind](optimizer, **params, **more)
    if kind == "CosineLRScheduler":
        return timm_cosine.CosineLRScheduler(optimizer, **params)
    if kind == "constant":
        return lr_scheduler.LambdaLR(optimizer, lambda t: 1.0, **more)
    if kind == "OneCycleLR":
        params = dict(max_lr=base_lr, cycle_momentum=False, **params)
    if kind == "CyclicLR":
        params = dict(base_lr=base_lr, cycle_momentum=False, **params)
    return getattr(lr_scheduler, kind)(optimizer, **params, **more)


def rate_of(scheduler):
    return scheduler.optimizer.param_groups[0]["lr"]


def formula(base_lr, part):
    """t -> rate by the framework's own formula, without the steps before."""
    kind, params = part
    if kind in KERAS:
        schedule = KERAS[kind](base_lr, **params)
        return lambda t: float(schedule(t))
    scheduler = make_scheduler(make_optimizer(base_lr), base_lr, part)
    if kind == "CosineLRScheduler":
        return lambda t: scheduler._get_lr(t)[0]
    if kind in COUNTED:
        return counted(scheduler)

    def closed(t):
        scheduler.last_epoch = t
        if hasattr(scheduler, "_get_closed_form_lr"):
            return float(scheduler._get_closed_form_lr()[0])
        return float(scheduler.get_lr()[0])

    return closed


def counted(scheduler):
    """Asked in rising order of t."""

    def closed(t):
        while scheduler.last_epoch < t:
            scheduler.step()
        return rate_of(scheduler)

    return closed


def make_whole(optimizer, base_lr, parts, milestones=(), chained=False):
    schedulers = [make_scheduler(optimizer, base_lr, part) for part in parts]
    if chained:
        return lr_scheduler.ChainedScheduler(schedulers, optimizer)
    if milestones:
        return lr_scheduler.SequentialLR(optimizer, schedulers, list(milestones))
    return schedulers[0]


def loop(base_lr, ts, parts, milestones=(), chained=False, resume=None):
    """What a training loop sees at each of ts; saved and loaded again at t = resume."""
    optimizer = make_optimizer(base_lr)
    scheduler = make_whole(optimizer, base_lr, parts, milestones, chained)
    seen, wanted = {}, set(ts)
    for t in range(max(ts) + 1):
        if t == resume:
            saved = optimizer.state_dict(), scheduler.state_dict()
            optimizer = make_optimizer(base_lr)
            scheduler = make_whole(optimizer, base_lr, parts, milestones, chained)
            optimizer.load_state_dict(saved[0])
            scheduler.load_state_dict(saved[1])
        if t in wanted:
            seen[t] = float(optimizer.param_groups[0]["lr"])
        if t < max(ts):
            scheduler.step()
    return [seen[t] for t in ts]


def curve(base_lr, ts, parts, milestones=(), chained=False):
    """The same from the formulas: each part from its milestone on, or all multiplied."""
    if chained:
        factors = [formula(1.0, part) for part in parts]
        return [math.prod([base_lr, *(factor(t) for factor in factors)]) for t in ts]
    formulas = [formula(base_lr, part) for part in parts]
    starts = [0, *milestones]
    rates = []
    for t in ts:
        i = max(i for i, start in enumerate(starts) if t >= start)
        rates.append(formulas[i](t - starts[i]))
    return rates


def has_loop(parts):
    """Whether the rate depends on the steps before, so that a loop may see other digits."""
    return all(framework_of(kind) in ("torch", "transformers") for kind, _ in parts)
