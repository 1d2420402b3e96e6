"""Random schedules of every type: build/release/epochd against the frameworks."""

import json
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
    total = warmup + count(source) if source.random() < 0.9 else count(source)
    return dict(num_warmup_steps=warmup, num_training_steps=total, **more)


def min_lr(source):
    return dict(min_lr=rate(source)) if source.random() < 0.5 else dict(min_lr_rate=source.random())


def one_cycle(source):
    total = count(source)
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
    "StepLR": lambda s: dict(maybe(s, gamma=s.uniform(0.05, 1.01)), step_size=count(s, 3)),
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


MULTIPLYING = ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR"]
SEQUENTIAL = MULTIPLYING + ["CosineAnnealingLR", "CosineAnnealingWarmRestarts", "constant", "cosine_with_warmup",
                            "linear_with_warmup", "inverse_sqrt", "warmup_stable_decay"]
SEVERAL = {"SequentialLR": SEQUENTIAL, "ChainedScheduler": MULTIPLYING}
LOOP_STEPS = 500


def draw(source, kind):
    """(parts, milestones)"""
    if kind not in SEVERAL:
        return [(kind, DRAWS[kind](source))], ()
    kinds = [source.choice(SEVERAL[kind]) for _ in range(source.randint(2, 5))]
    parts = [(each, DRAWS[each](source)) for each in kinds]
    if kind == "ChainedScheduler":
        return parts, ()
    return parts, sorted(source.sample(range(1, 2000), len(parts) - 1))


def steps_of(source, kind, params):
    """Which t to compare: all of the first, then some further out."""
    if kind == "OneCycleLR":
        end = params.get("total_steps", params.get("epochs", 0) * params.get("steps_per_epoch", 0))
        return sorted(source.sample(range(end + 1), min(end + 1, 200)))
    return sorted({*range(60), *(count(source, 60, 20000) for _ in range(140))})


def spec_of(kind, base_lr, parts, milestones):
    specs = [{"type": each, frameworks.RATE_NAMES.get(each, "base_lr"): base_lr, **params} for each, params in parts]
    if kind not in SEVERAL:
        return specs[0]
    return {"type": kind, "schedulers": specs, **({"milestones": milestones} if milestones else {})}


def our_curve(spec, ts):
    words = [str(EPOCHD), "schedule", "--spec", json.dumps(spec), "--csv", "--steps", str(max(1, ts[-1]))]
    run = subprocess.run(words, capture_output=True, text=True)
    if run.returncode:
        return None, run.stderr.strip()
    lines = run.stdout.splitlines()[1:]
    return [float(lines[t].split(",")[1]) for t in ts], ""


class Result:
    """Of one schedule: the largest relative error, the largest as a share of the rate, by
    what share of it a loop leaves the formula, and what there is to say."""

    def __init__(self, said="", relative=0, share=0, loop=0):
        self.said, self.relative, self.share, self.loop = said, relative, share, loop


def compare(kind, seed):
    source = random.Random(f"{kind} {seed}")
    base_lr, (parts, milestones) = rate(source), draw(source, kind)
    chained = kind == "ChainedScheduler"
    ts = steps_of(source, *parts[0]) if kind not in SEVERAL else steps_of(source, kind, {})
    spec = spec_of(kind, base_lr, parts, milestones)
    ours, why = our_curve(spec, ts)
    try:
        theirs = frameworks.curve(base_lr, ts, parts, milestones, chained)
    except (ValueError, ZeroDivisionError) as fault:
        return Result("" if ours is None else f"framework refuses ({fault}), we do not: {spec}")
    if ours is None:
        return Result(f"we refuse ({why}), the framework does not: {spec}")
    top = max(abs(base_lr), max(map(abs, theirs)))
    relative = share = 0
    for a, b in zip(ours, theirs):
        share = max(share, abs(a - b) / top)
        if abs(a - b) > 1e-15 * top:
            relative = max(relative, abs(a - b) / abs(b) if b else math.inf)
    loop = 0
    if frameworks.has_loop(parts):
        near = [t for t in ts if t < LOOP_STEPS]
        seen = frameworks.loop(base_lr, near, parts, milestones, chained)
        loop = max(abs(a - b) for a, b in zip(seen, ours)) / top
    return Result("" if relative <= 1e-12 else f"off by {relative:.1e}: {spec}", relative, share, loop)


def run(number, kinds):
    """Prints a line for each type; 1 when one of them is off. Relative errors are counted
    where the difference is above 1e-15 of the highest rate, the rounding of the terms."""
    faults = 0
    for kind in kinds or [*DRAWS, *SEVERAL]:
        results = [compare(kind, seed) for seed in range(number)]
        said = [result.said for result in results if result.said]
        faults += len(said)
        worst = {name: max(getattr(result, name) for result in results) for name in ("relative", "share", "loop")}
        print(f"{kind:30} {number} schedules: relative {worst['relative']:.1e}, of the rate {worst['share']:.1e}, "
              f"{len(said)} differ; a loop of {LOOP_STEPS} steps leaves it by {worst['loop']:.1e}", flush=True)
        for text in said[:5]:
            print("   " + text)
    return int(faults > 0)
