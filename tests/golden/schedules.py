"""Writes tests/fixtures/schedules/*.csv by running the real schedulers.

    python3 -m venv VENV && VENV/bin/pip install torch==2.13.0 transformers
    VENV/bin/python tests/golden/schedules.py

Each file holds one schedule: how it is declared, then t, the closed form (`lr`) and what
a training loop that calls scheduler.step() sees (`stepped`). The two differ in their last
digits where the framework multiplies the previous value. tests/unit/test_schedule.c reads
the files; it needs no Python.
"""

import pathlib
import warnings

import torch
import transformers
from torch.optim import lr_scheduler

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "schedules"
HUGGING_FACE = {
    "cosine_with_warmup": transformers.get_cosine_schedule_with_warmup,
    "linear_with_warmup": transformers.get_linear_schedule_with_warmup,
    "constant_with_warmup": transformers.get_constant_schedule_with_warmup,
}

# file name -> (base_lr, steps, milestones, parts)
CASES = {}


def case(name, base_lr, steps, *parts, milestones=()):
    CASES[name] = (base_lr, steps, list(milestones), parts)


case("cosine_10", 0.1, 60, ("CosineAnnealingLR", dict(T_max=10)))
case("cosine_5", 0.1, 30, ("CosineAnnealingLR", dict(T_max=5)))
case("cosine_25_eta_min", 0.1, 100, ("CosineAnnealingLR", dict(T_max=25, eta_min=0.001)))
case("cosine_1", 0.1, 12, ("CosineAnnealingLR", dict(T_max=1)))
case("cosine_eta_above_base", 0.01, 40, ("CosineAnnealingLR", dict(T_max=7, eta_min=0.02)))
case("cosine_long", 3e-4, 200, ("CosineAnnealingLR", dict(T_max=1000, eta_min=3e-5)))
case("restarts_10", 0.1, 60, ("CosineAnnealingWarmRestarts", dict(T_0=10)))
case("restarts_7_2", 0.05, 120, ("CosineAnnealingWarmRestarts", dict(T_0=7, T_mult=2, eta_min=1e-4)))
case("restarts_1_3", 0.05, 50, ("CosineAnnealingWarmRestarts", dict(T_0=1, T_mult=3)))
case("linear_default", 0.1, 20, ("LinearLR", dict()))
case("linear_down", 0.02, 60, ("LinearLR", dict(start_factor=1.0, end_factor=0.0, total_iters=50)))
case("constant_default", 0.1, 20, ("ConstantLR", dict()))
case("constant_half", 0.1, 40, ("ConstantLR", dict(factor=0.5, total_iters=17)))
case("polynomial_default", 0.1, 20, ("PolynomialLR", dict()))
case("polynomial_power", 0.1, 60, ("PolynomialLR", dict(total_iters=50, power=0.9)))
case("step_default", 0.1, 100, ("StepLR", dict(step_size=30)))
case("step_half", 0.01, 60, ("StepLR", dict(step_size=7, gamma=0.5)))
case("multi_step", 0.1, 100, ("MultiStepLR", dict(milestones=[30, 80])))
case("multi_step_gamma", 0.1, 60, ("MultiStepLR", dict(milestones=[5, 6, 40], gamma=0.2)))
case("exponential", 0.1, 100, ("ExponentialLR", dict(gamma=0.95)))
case("warmup_cosine", 0.1, 80, ("LinearLR", dict(start_factor=0.1, total_iters=5)),
     ("CosineAnnealingLR", dict(T_max=45, eta_min=1e-5)), milestones=[5])
case("warmup_hold_down", 0.1, 60, ("LinearLR", dict(start_factor=0.01, total_iters=5)),
     ("ConstantLR", dict(factor=1.0, total_iters=30)),
     ("LinearLR", dict(start_factor=1.0, end_factor=0.1, total_iters=10)), milestones=[5, 35])
case("warmup_multi_step", 0.1, 60, ("LinearLR", dict(start_factor=0.2, total_iters=4)),
     ("MultiStepLR", dict(milestones=[10, 30])), milestones=[4])
case("hf_cosine", 5e-5, 130, ("cosine_with_warmup", dict(num_warmup_steps=10, num_training_steps=100)))
case("hf_cosine_cycles", 5e-5, 110,
     ("cosine_with_warmup", dict(num_warmup_steps=0, num_training_steps=100, num_cycles=1.5)))
case("hf_linear", 5e-5, 120, ("linear_with_warmup", dict(num_warmup_steps=10, num_training_steps=100)))
case("hf_linear_no_warmup", 2e-5, 60, ("linear_with_warmup", dict(num_warmup_steps=0, num_training_steps=50)))
case("hf_constant", 1e-4, 40, ("constant_with_warmup", dict(num_warmup_steps=20)))


def make_optimizer(base_lr):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr)


def make_scheduler(optimizer, part):
    kind, params = part
    if kind in HUGGING_FACE:
        return HUGGING_FACE[kind](optimizer, **params)
    return getattr(lr_scheduler, kind)(optimizer, **params)


def closed_form(base_lr, part, t):
    """The framework's own formula at t, without the steps before."""
    optimizer = make_optimizer(base_lr)
    scheduler = make_scheduler(optimizer, part)
    if part[0] == "CosineAnnealingWarmRestarts":
        scheduler.step(t)  # its only way to jump to a t
        return optimizer.param_groups[0]["lr"]
    scheduler.last_epoch = t
    if hasattr(scheduler, "_get_closed_form_lr"):
        return scheduler._get_closed_form_lr()[0]
    return scheduler.get_lr()[0]


def stepped(base_lr, steps, milestones, parts):
    """What a training loop sees."""
    optimizer = make_optimizer(base_lr)
    schedulers = [make_scheduler(optimizer, part) for part in parts]
    scheduler = schedulers[0]
    if milestones:
        scheduler = lr_scheduler.SequentialLR(optimizer, schedulers, milestones)
    seen = []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def header(base_lr, milestones, parts):
    lines = [f"# torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}"]
    for kind, params in parts:
        words = [f"type={kind}", f"base_lr={base_lr!r}"]
        for key, value in params.items():
            text = ":".join(map(str, value)) if isinstance(value, list) else repr(value)
            words.append(f"{key}={text}")
        lines.append("# part " + " ".join(words))
    if milestones:
        lines.append("# milestones " + " ".join(map(str, milestones)))
    return lines + ["t,lr,stepped"]


def write(name, base_lr, steps, milestones, parts):
    lines = header(base_lr, milestones, parts)
    starts = [0, *milestones]
    for t, seen in enumerate(stepped(base_lr, steps, milestones, parts)):
        i = max(i for i, start in enumerate(starts) if t >= start)
        exact = closed_form(base_lr, parts[i], t - starts[i])
        lines.append(f"{t},{exact:.17g},{seen:.17g}")
    (FOLDER / f"{name}.csv").write_text("\n".join(lines) + "\n")


def main():
    warnings.simplefilter("ignore")  # step(t) and SequentialLR warn about each other
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, arguments in CASES.items():
        write(name, *arguments)
    print(f"{len(CASES)} schedules in {FOLDER}")


if __name__ == "__main__":
    main()
