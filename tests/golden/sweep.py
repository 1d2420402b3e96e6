"""Random schedules of every type: build/release/epochd against the frameworks."""

import math
import pathlib
import random
import subprocess

import frameworks

EPOCHD = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "release" / "epochd"


def rate(source):
    return 10 ** source.uniform(-6, 0)


def count(source, low=1, high=2000):
    return int(round(math.exp(source.uniform(math.log(low), math.log(high)))))


def maybe(source, **params):
    """Each of the parameters with an even chance."""
    return {key: value for key, value in params.items() if source.random() < 0.5}


def warmed(source, **more):
    warmup = source.choice([0, count(source, 1, 300)])
    return dict(num_warmup_steps=warmup, num_training_steps=warmup + count(source), **more)


def min_lr(source):
    return dict(min_lr=rate(source)) if source.random() < 0.5 else dict(min_lr_rate=source.random())


def one_cycle(source):
    total = count(source, 3)
    params = maybe(source, pct_start=source.random(), anneal_strategy="linear", div_factor=source.uniform(2, 100),
                   final_div_factor=10 ** source.uniform(0, 6), three_phase=True)
    if source.random() < 0.3:
        return dict(params, epochs=count(source, 1, 30), steps_per_epoch=count(source, 2, 60))
    return dict(params, total_steps=total)


def stable_decay(source):
    params = dict(num_warmup_steps=source.choice([0, count(source, 1, 300)]), num_decay_steps=count(source))
    params |= maybe(source, warmup_type=source.choice(["linear", "cosine", "1-sqrt"]), min_lr_ratio=source.random(),
                    decay_type=source.choice(["linear", "cosine", "1-sqrt"]), num_cycles=source.uniform(0.1, 3))
    if source.random() < 0.5:
        return dict(params, num_stable_steps=source.choice([0, count(source)]))
    return dict(params, num_training_steps=count(source, 1, 4000))


def timm(source):
    params = maybe(source, lr_min=rate(source) / 10, cycle_decay=source.uniform(0.3, 1), warmup_t=count(source, 1, 50),
                   warmup_lr_init=rate(source) / 10, warmup_prefix=True, k_decay=source.uniform(0.3, 3))
    params |= maybe(source, cycle_mul=source.choice([1.0, 1.5, 2.0, 3.0, source.uniform(1.05, 3)]))
    return dict(params, t_initial=count(source), cycle_limit=count(source, 1, 20))


def cosine_decay(source):
    params = maybe(source, alpha=source.random())
    if source.random() < 0.5:
        params |= dict(warmup_target=rate(source), warmup_steps=count(source, 1, 300))
    return dict(params, decay_steps=count(source))


def cyclic(source):
    return dict(maybe(source, step_size_down=count(source), mode=source.choice(["triangular2", "exp_range"]),
                      gamma=source.uniform(0.99, 1)), max_lr=rate(source), step_size_up=count(source, 25))


def milestones(source):
    return sorted({count(source) for _ in range(source.randint(1, 12))})


# type -> how its parameters are drawn
DRAWS = {
    "CosineAnnealingLR": lambda s: dict(maybe(s, eta_min=rate(s)), T_max=count(s)),
    "CosineAnnealingWarmRestarts": lambda s: dict(maybe(s, T_mult=s.randint(1, 5), eta_min=rate(s)), T_0=count(s)),
    "constant": lambda s: {},
    "StepLR": lambda s: dict(maybe(s, gamma=s.uniform(0.05, 1.2)), step_size=count(s, 3)),
    "MultiStepLR": lambda s: dict(maybe(s, gamma=s.uniform(0.05, 1.2)), milestones=milestones(s)),
    "ExponentialLR": lambda s: dict(gamma=s.uniform(0.95, 1.003)),
    "LinearLR": lambda s: maybe(s, start_factor=s.uniform(0.001, 1), end_factor=s.random(), total_iters=count(s)),
    "ConstantLR": lambda s: maybe(s, factor=s.uniform(0.001, 1), total_iters=count(s)),
    "PolynomialLR": lambda s: maybe(s, total_iters=count(s), power=s.uniform(0.2, 4)),
    "OneCycleLR": one_cycle,
    "CyclicLR": cyclic,
    "cosine_with_warmup": lambda s: warmed(s, **maybe(s, num_cycles=s.uniform(0.1, 3))),
    "cosine_with_restarts": lambda s: warmed(s, **maybe(s, num_cycles=s.randint(1, 12))),
    "cosine_with_min_lr": lambda s: warmed(s, **min_lr(s), **maybe(s, num_cycles=s.uniform(0.1, 3))),
    "cosine_warmup_with_min_lr": lambda s: warmed(s, **min_lr(s), **maybe(s, warmup_lr_rate=s.random())),
    "linear_with_warmup": lambda s: warmed(s),
    "constant_with_warmup": lambda s: dict(num_warmup_steps=s.choice([0, count(s)])),
    "polynomial_decay_with_warmup": lambda s: warmed(s, lr_end=1e-7, **maybe(s, power=s.uniform(0.2, 4))),
    "inverse_sqrt": lambda s: dict(maybe(s, timescale=count(s)), num_warmup_steps=s.choice([0, count(s)])),
    "warmup_stable_decay": stable_decay,
    "CosineLRScheduler": timm,
    "CosineDecay": cosine_decay,
    "CosineDecayRestarts": lambda s: dict(maybe(s, t_mul=s.choice([1.0, 1.5, 3.0, s.uniform(1.01, 3)]), alpha=s.random(),
                                                m_mul=s.uniform(0.3, 1)), first_decay_steps=count(s)),
}


def steps_of(source, kind, params):
    """Which t to compare: all of the first, then some further out."""
    if kind == "OneCycleLR":
        end = params.get("total_steps", params.get("epochs", 0) * params.get("steps_per_epoch", 0))
        return sorted(source.sample(range(end + 1), min(end + 1, 200)))
    return sorted({*range(60), *(count(source, 60, 20000) for _ in range(140))})


def our_curve(kind, base_lr, params, ts):
    words = [str(EPOCHD), "schedule", "--type", kind, "--csv", "--steps", str(ts[-1] + 1)]
    words += ["--" + frameworks.RATE_NAMES.get(kind, "base_lr"), repr(base_lr)]
    for key, value in params.items():
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        words += ["--" + key, text.lower() if isinstance(value, bool) else text]
    run = subprocess.run(words, capture_output=True, text=True)
    if run.returncode:
        return None, run.stderr.strip()
    lines = run.stdout.splitlines()[1:]
    return [float(lines[t].split(",")[1]) for t in ts], ""


def compare(kind, seed):
    """(largest relative error, largest error as a share of the rate, what was said)"""
    source = random.Random(f"{kind} {seed}")
    base_lr, params = rate(source), DRAWS[kind](source)
    ts = steps_of(source, kind, params)
    try:
        theirs = frameworks.curve(base_lr, ts, [(kind, params)])
    except (ValueError, ZeroDivisionError) as fault:
        ours, why = our_curve(kind, base_lr, params, ts)
        return 0, 0, "" if ours is None else f"framework refuses ({fault}), we do not: {base_lr!r} {params}"
    ours, why = our_curve(kind, base_lr, params, ts)
    if ours is None:
        return 0, 0, f"we refuse ({why}), the framework does not: {base_lr!r} {params}"
    top = max(abs(base_lr), max(map(abs, theirs)))
    relative = share = 0
    for a, b in zip(ours, theirs):
        share = max(share, abs(a - b) / top)
        if abs(a - b) > 1e-15 * top:
            relative = max(relative, abs(a - b) / abs(b) if b else math.inf)
    return relative, share, "" if relative <= 1e-12 else f"off by {relative:.1e}: {base_lr!r} {params}"


def sweep_type(kind, number):
    results = [compare(kind, seed) for seed in range(number)]
    said = [text for _, _, text in results if text]
    return kind, max(r for r, _, _ in results), max(s for _, s, _ in results), said


def run(number, kinds):
    """Prints a line for each type; 1 when one of them is off. Relative errors are counted
    where the difference is above 1e-15 of the highest rate, the rounding of the terms."""
    faults = 0
    for kind in kinds or DRAWS:
        kind, relative, share, said = sweep_type(kind, number)
        faults += len(said)
        print(f"{kind:30} {number} schedules: relative {relative:.1e}, of the rate {share:.1e}, {len(said)} differ",
              flush=True)
        for text in said[:5]:
            print("   " + text)
    return int(faults > 0)
