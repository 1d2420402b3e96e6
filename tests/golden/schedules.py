"""Writes tests/fixtures/schedules/*.csv by running the real schedulers.

    python3 -m venv VENV
    VENV/bin/pip install torch==2.13.0 transformers==5.24.0 keras==3.15.1
    VENV/bin/pip install --no-deps timm==1.0.31
    VENV/bin/python tests/golden/schedules.py            writes the files
    VENV/bin/python tests/golden/schedules.py --sweep N  N random schedules of each type
                                                         against build/release/epochd

Each file holds one schedule: how it is declared, then t, the rate by the framework's own
formula (`lr`) and what a training loop that calls scheduler.step() sees (`stepped`, left
out where it is the same). The two differ in their last digits where the framework
multiplies the previous value; by how much is in the header (`loop`, as a share of the
rate); beyond LOOP_MAX steps no loop is run ("-"). tests/unit/test_schedule.c reads the files; it needs no Python.
"""

import pathlib
import sys

import frameworks
import sweep

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "schedules"
LARGE = (10**5, 10**6)
LOOP_MAX = 200002

CASES = {}


def case(name, base_lr, dense, *parts, near=(), large=(), milestones=(), chained=False, resume=None):
    """Rows: every t below dense, the neighbours of each t in near, and those of large."""
    ts = set(range(dense)) | {t + d for t in near for d in (-1, 0, 1)} | set(large)
    CASES[name] = (base_lr, sorted(ts), parts, tuple(milestones), chained, resume)


def torch_cases():
    case("cosine_10", 0.1, 45, ("CosineAnnealingLR", dict(T_max=10)), large=LARGE)
    case("cosine_5", 0.1, 30, ("CosineAnnealingLR", dict(T_max=5)))
    case("cosine_25_eta_min", 0.1, 60, ("CosineAnnealingLR", dict(T_max=25, eta_min=0.001)))
    case("cosine_1", 0.1, 12, ("CosineAnnealingLR", dict(T_max=1)))
    case("cosine_eta_above_base", 0.01, 40, ("CosineAnnealingLR", dict(T_max=7, eta_min=0.02)))
    case("cosine_long", 3e-4, 10, ("CosineAnnealingLR", dict(T_max=1000, eta_min=3e-5)),
         near=(100, 500, 999, 1000, 1500, 2000, 3000), large=LARGE)
    case("cosine_100000", 0.1, 5, ("CosineAnnealingLR", dict(T_max=100000)),
         near=(1000, 50000, 99998, 100000, 100002, 150000, 200000))
    case("cosine_resumed", 0.1, 60, ("CosineAnnealingLR", dict(T_max=20, eta_min=0.001)), resume=13)
    case("restarts_10", 0.1, 45, ("CosineAnnealingWarmRestarts", dict(T_0=10)), large=LARGE)
    case("restarts_1", 0.1, 10, ("CosineAnnealingWarmRestarts", dict(T_0=1)), large=LARGE)
    case("restarts_7_2", 0.05, 60, ("CosineAnnealingWarmRestarts", dict(T_0=7, T_mult=2, eta_min=1e-4)),
         near=(105, 217, 441), large=LARGE)
    case("restarts_1_2", 0.05, 34, ("CosineAnnealingWarmRestarts", dict(T_0=1, T_mult=2)),
         near=(63, 127, 1023, 65535), large=LARGE)
    case("restarts_1_3", 0.05, 42, ("CosineAnnealingWarmRestarts", dict(T_0=1, T_mult=3)),
         near=(121, 364, 1093, 9841), large=LARGE)
    case("restarts_resumed", 0.05, 50, ("CosineAnnealingWarmRestarts", dict(T_0=7, T_mult=2)), resume=22)
    case("constant", 0.1, 10, ("constant", dict()), large=LARGE)
    case("linear_default", 0.1, 12, ("LinearLR", dict()), large=LARGE)
    case("linear_down", 0.02, 60, ("LinearLR", dict(start_factor=1.0, end_factor=0.0, total_iters=50)))
    case("linear_1", 0.02, 10, ("LinearLR", dict(start_factor=0.001, total_iters=1)))
    case("linear_long", 0.5, 5, ("LinearLR", dict(start_factor=1e-3, end_factor=0.7, total_iters=100000)),
         near=(50000, 100000), large=(10**6,))
    case("constant_default", 0.1, 12, ("ConstantLR", dict()), large=LARGE)
    case("constant_half", 0.1, 30, ("ConstantLR", dict(factor=0.5, total_iters=17)))
    case("constant_1", 0.1, 10, ("ConstantLR", dict(factor=0.25, total_iters=1)))
    case("polynomial_default", 0.1, 12, ("PolynomialLR", dict()), large=LARGE)
    for power in (0.5, 0.9, 2.0):
        case(f"polynomial_power_{power:g}", 0.1, 56, ("PolynomialLR", dict(total_iters=50, power=power)))
    case("polynomial_long", 0.1, 5, ("PolynomialLR", dict(total_iters=100000, power=2.0)),
         near=(1000, 50000, 99998, 100000))
    case("step_default", 0.1, 65, ("StepLR", dict(step_size=30)), near=(90, 300), large=LARGE)
    case("step_half", 0.01, 60, ("StepLR", dict(step_size=7, gamma=0.5)))
    case("step_1", 0.01, 30, ("StepLR", dict(step_size=1, gamma=0.97)), near=(1000,))
    case("multi_step", 0.1, 5, ("MultiStepLR", dict(milestones=[30, 80])), near=(30, 80), large=LARGE)
    case("multi_step_gamma", 0.1, 45, ("MultiStepLR", dict(milestones=[5, 6, 40], gamma=0.2)))
    case("multi_step_1", 0.1, 10, ("MultiStepLR", dict(milestones=[1], gamma=3.0)))
    case("exponential", 0.1, 60, ("ExponentialLR", dict(gamma=0.95)), near=(1000, 10000))
    case("exponential_up", 1e-7, 40, ("ExponentialLR", dict(gamma=1.1)), near=(100,))
    case("exponential_slow", 0.1, 5, ("ExponentialLR", dict(gamma=0.99999)), near=(1000,), large=LARGE)


def one_cycle_cases():
    case("one_cycle_default", 0.1, 101, ("OneCycleLR", dict(total_steps=100)))
    case("one_cycle_linear", 0.1, 61, ("OneCycleLR", dict(total_steps=60, anneal_strategy="linear")))
    case("one_cycle_three", 0.1, 101, ("OneCycleLR", dict(total_steps=100, three_phase=True)))
    case("one_cycle_three_linear", 0.1, 61,
         ("OneCycleLR", dict(total_steps=60, three_phase=True, anneal_strategy="linear", pct_start=0.4)))
    case("one_cycle_three_late", 0.1, 41, ("OneCycleLR", dict(total_steps=40, three_phase=True, pct_start=0.6)))
    case("one_cycle_epochs", 0.01, 36,
         ("OneCycleLR", dict(epochs=5, steps_per_epoch=7, div_factor=10.0, final_div_factor=100.0)))
    case("one_cycle_no_climb", 0.1, 31, ("OneCycleLR", dict(total_steps=30, pct_start=0.0)))
    case("one_cycle_all_climb", 0.1, 30, ("OneCycleLR", dict(total_steps=30, pct_start=1.0)))
    case("one_cycle_long", 3e-3, 3, ("OneCycleLR", dict(total_steps=10**6, pct_start=0.1)),
         near=(50000, 99999, 100000, 500000, 999999))
    case("cyclic_default", 0.001, 3, ("CyclicLR", dict(max_lr=0.1)),
         near=(1000, 2000, 3000, 4000, 5000, 6000), large=LARGE)
    case("cyclic_short", 0.01, 45, ("CyclicLR", dict(max_lr=0.1, step_size_up=5, step_size_down=8)), large=LARGE)
    case("cyclic_1", 0.01, 12, ("CyclicLR", dict(max_lr=0.1, step_size_up=1)))
    # torch raises an OverflowError in cycle 1025.
    case("cyclic_triangular2", 0.001, 50, ("CyclicLR", dict(max_lr=0.1, step_size_up=6, mode="triangular2")),
         near=(12285,))
    case("cyclic_exp_range", 0.001, 50,
         ("CyclicLR", dict(max_lr=0.1, step_size_up=7, step_size_down=3, mode="exp_range", gamma=0.98)),
         large=(10**5,))


def sequence_cases():
    cosine = ("CosineAnnealingLR", dict(T_max=45, eta_min=1e-5))
    climb = ("LinearLR", dict(start_factor=0.1, total_iters=5))
    case("warmup_cosine", 0.1, 60, climb, cosine, milestones=[5])
    case("warmup_cosine_resumed_before", 0.1, 20, climb, cosine, milestones=[5], resume=3)
    case("warmup_cosine_resumed_at", 0.1, 20, climb, cosine, milestones=[5], resume=5)
    case("warmup_cosine_resumed_after", 0.1, 20, climb, cosine, milestones=[5], resume=9)
    # The climb is cut before it is over, and goes on past its end.
    case("warmup_cut", 0.1, 30, ("LinearLR", dict(total_iters=10)), cosine, milestones=[6])
    case("warmup_waits", 0.1, 30, ("LinearLR", dict(total_iters=4)), cosine, milestones=[9])
    case("warmup_hold_down", 0.1, 60, ("LinearLR", dict(start_factor=0.01, total_iters=5)),
         ("ConstantLR", dict(factor=1.0, total_iters=30)),
         ("LinearLR", dict(start_factor=1.0, end_factor=0.1, total_iters=10)), milestones=[5, 35])
    case("warmup_multi_step", 0.1, 40, ("LinearLR", dict(start_factor=0.2, total_iters=4)),
         ("MultiStepLR", dict(milestones=[10, 30])), milestones=[4])
    case("warmup_restarts", 0.1, 45, climb, ("CosineAnnealingWarmRestarts", dict(T_0=8, T_mult=2)), milestones=[5])
    case("sequence_of_all", 0.1, 60, ("ConstantLR", dict(factor=0.1, total_iters=3)),
         ("CosineAnnealingWarmRestarts", dict(T_0=4)), ("ExponentialLR", dict(gamma=0.9)),
         ("StepLR", dict(step_size=3, gamma=0.5)), ("PolynomialLR", dict(total_iters=6, power=2.0)),
         ("linear_with_warmup", dict(num_warmup_steps=3, num_training_steps=9)), milestones=[5, 16, 22, 32, 40])


def chained_cases():
    case("chained_warmup_steps", 0.1, 45, ("LinearLR", dict(start_factor=0.1, total_iters=5)),
         ("MultiStepLR", dict(milestones=[20, 30])), chained=True, large=(10**5,))
    case("chained_all", 0.1, 60, ("ConstantLR", dict(factor=0.5, total_iters=4)), ("ExponentialLR", dict(gamma=0.98)),
         ("StepLR", dict(step_size=9, gamma=0.7)), ("PolynomialLR", dict(total_iters=50, power=0.9)),
         ("LinearLR", dict()), ("MultiStepLR", dict(milestones=[12, 13], gamma=0.5)), chained=True)
    case("chained_resumed", 0.1, 30, ("LinearLR", dict(total_iters=8)), ("ExponentialLR", dict(gamma=0.9)),
         chained=True, resume=4)


def hugging_face_cases():
    short = dict(num_warmup_steps=10, num_training_steps=60)
    direct = dict(num_warmup_steps=0, num_training_steps=50)
    case("hf_cosine", 5e-5, 75, ("cosine_with_warmup", short), large=LARGE)
    case("hf_cosine_cycles", 5e-5, 60, ("cosine_with_warmup", dict(direct, num_cycles=1.5)))
    case("hf_cosine_no_time_left", 5e-5, 20, ("cosine_with_warmup", dict(num_warmup_steps=10, num_training_steps=5)))
    case("hf_restarts", 5e-5, 66, ("cosine_with_restarts", short), large=LARGE)
    case("hf_restarts_3", 5e-5, 66, ("cosine_with_restarts", dict(short, num_cycles=3)))
    case("hf_restarts_7_direct", 5e-5, 54, ("cosine_with_restarts", dict(direct, num_cycles=7)))
    case("hf_min_lr", 5e-5, 75, ("cosine_with_min_lr", dict(short, min_lr=5e-6)), large=LARGE)
    case("hf_min_lr_rate", 1e-3, 66, ("cosine_with_min_lr", dict(direct, min_lr_rate=0.1)))
    case("hf_min_lr_rate_0", 1e-3, 60, ("cosine_with_min_lr", dict(direct, min_lr_rate=0.0, num_cycles=1.0)))
    case("hf_warmup_min_lr", 5e-5, 75, ("cosine_warmup_with_min_lr", dict(short, min_lr=5e-6)), large=LARGE)
    case("hf_warmup_min_lr_rate", 5e-5, 66,
         ("cosine_warmup_with_min_lr", dict(short, min_lr_rate=0.2, warmup_lr_rate=0.05)))
    case("hf_warmup_min_lr_direct", 5e-5, 55, ("cosine_warmup_with_min_lr", dict(direct, min_lr_rate=0.0)))
    case("hf_warmup_min_lr_1", 5e-5, 55, ("cosine_warmup_with_min_lr",
         dict(num_warmup_steps=1, num_training_steps=50, min_lr_rate=0.1, warmup_lr_rate=0.3)))
    case("hf_linear", 5e-5, 66, ("linear_with_warmup", short), large=LARGE)
    case("hf_linear_direct", 2e-5, 55, ("linear_with_warmup", direct))
    case("hf_linear_no_time_left", 2e-5, 20, ("linear_with_warmup", dict(num_warmup_steps=9, num_training_steps=9)))
    case("hf_linear_long", 2e-5, 3, ("linear_with_warmup", dict(num_warmup_steps=10**4, num_training_steps=10**6)),
         near=(5000, 10**4, 5 * 10**5, 10**6))
    case("hf_constant", 1e-4, 30, ("constant_with_warmup", dict(num_warmup_steps=20)), large=LARGE)
    case("hf_constant_direct", 1e-4, 10, ("constant_with_warmup", dict(num_warmup_steps=0)))
    case("hf_polynomial", 5e-5, 66, ("polynomial_decay_with_warmup", short), large=LARGE)
    for power in (0.5, 2.0):
        case(f"hf_polynomial_{power:g}", 5e-5, 55,
             ("polynomial_decay_with_warmup", dict(direct, power=power, lr_end=1e-6)))
    case("hf_polynomial_no_time_left", 5e-5, 20,
         ("polynomial_decay_with_warmup", dict(num_warmup_steps=10, num_training_steps=5)))
    case("hf_inverse_sqrt", 5e-4, 40, ("inverse_sqrt", dict(num_warmup_steps=10)), near=(1000,), large=LARGE)
    case("hf_inverse_sqrt_timescale", 5e-4, 40, ("inverse_sqrt", dict(num_warmup_steps=10, timescale=300)), large=LARGE)
    case("hf_inverse_sqrt_direct", 5e-4, 20, ("inverse_sqrt", dict(num_warmup_steps=0)), large=LARGE)


def stable_decay_cases():
    parts = dict(num_warmup_steps=10, num_decay_steps=20)
    kind = "warmup_stable_decay"
    case("hf_wsd", 1e-3, 66, (kind, dict(parts, num_training_steps=60)), large=LARGE)
    case("hf_wsd_stable", 1e-3, 50, (kind, dict(parts, num_stable_steps=10)))
    case("hf_wsd_both", 1e-3, 50, (kind, dict(parts, num_stable_steps=10, num_training_steps=90)))
    case("hf_wsd_linear", 1e-3, 50, (kind, dict(parts, num_stable_steps=10, decay_type="linear", min_lr_ratio=0.1)))
    case("hf_wsd_sqrt", 1e-3, 50,
         (kind, dict(parts, num_stable_steps=10, warmup_type="1-sqrt", decay_type="1-sqrt", min_lr_ratio=0.05)))
    case("hf_wsd_cosine_up", 1e-3, 50, (kind, dict(parts, num_stable_steps=10, warmup_type="cosine", min_lr_ratio=0.2)))
    case("hf_wsd_cycles", 1e-3, 50, (kind, dict(parts, num_stable_steps=10, num_cycles=1.25)))
    case("hf_wsd_no_decay", 1e-3, 30,
         (kind, dict(num_warmup_steps=0, num_decay_steps=0, num_stable_steps=20, min_lr_ratio=0.1)))
    case("hf_wsd_too_short", 1e-3, 30, (kind, dict(parts, num_training_steps=25)))


def timm_cases():
    kind = "CosineLRScheduler"
    case("timm_default", 0.1, 60, (kind, dict(t_initial=50)), large=LARGE)
    case("timm_warmup", 0.05, 66, (kind, dict(t_initial=60, lr_min=1e-5, warmup_t=5, warmup_lr_init=1e-6)))
    case("timm_warmup_prefix", 0.05, 66,
         (kind, dict(t_initial=50, lr_min=1e-5, warmup_t=7, warmup_lr_init=1e-6, warmup_prefix=True)))
    case("timm_cycles", 0.1, 66, (kind, dict(t_initial=20, cycle_limit=3, lr_min=0.001)))
    case("timm_cycle_decay", 0.1, 66, (kind, dict(t_initial=20, cycle_limit=3, cycle_decay=0.5, lr_min=0.001)))
    case("timm_cycle_mul_2", 0.1, 80, (kind, dict(t_initial=10, cycle_mul=2.0, cycle_limit=3, cycle_decay=0.8)),
         large=LARGE)
    case("timm_cycle_mul_15", 0.1, 90, (kind, dict(t_initial=10, cycle_mul=1.5, cycle_limit=4)))
    case("timm_cycle_mul_prefix", 0.1, 100,
         (kind, dict(t_initial=10, cycle_mul=2.0, cycle_limit=9, warmup_t=6, warmup_prefix=True, lr_min=1e-4)),
         near=(156, 316, 636, 1276, 2556), large=(10**5,))
    for k in (0.5, 1.5, 2.0):
        case(f"timm_k_decay_{k:g}", 0.1, 56, (kind, dict(t_initial=50, k_decay=k)))
    case("timm_all", 0.1, 100, (kind, dict(t_initial=12, cycle_mul=1.5, cycle_limit=5, cycle_decay=0.7, k_decay=0.8,
         lr_min=1e-4, warmup_t=5, warmup_lr_init=1e-5, warmup_prefix=True)))
    case("timm_unlimited", 0.1, 20, (kind, dict(t_initial=1000, cycle_mul=1.0, cycle_limit=10**6, cycle_decay=0.999)),
         near=(1000, 2000, 10000), large=LARGE)


def keras_cases():
    case("keras_cosine", 0.1, 56, ("CosineDecay", dict(decay_steps=50)), large=LARGE)
    case("keras_cosine_alpha", 0.1, 56, ("CosineDecay", dict(decay_steps=50, alpha=0.1)))
    case("keras_cosine_warmup", 0.001, 66,
         ("CosineDecay", dict(decay_steps=50, alpha=0.05, warmup_target=0.1, warmup_steps=10)), large=LARGE)
    case("keras_cosine_warmup_0", 0.001, 56, ("CosineDecay", dict(decay_steps=50, warmup_target=0.1)))
    case("keras_cosine_from_0", 0.0, 60, ("CosineDecay", dict(decay_steps=40, warmup_target=0.1, warmup_steps=15)))
    case("keras_restarts", 0.1, 75, ("CosineDecayRestarts", dict(first_decay_steps=10)),
         near=(150, 310, 630, 10230), large=LARGE)
    case("keras_restarts_1", 0.1, 45, ("CosineDecayRestarts", dict(first_decay_steps=10, t_mul=1.0)), large=LARGE)
    case("keras_restarts_15", 0.1, 90, ("CosineDecayRestarts", dict(first_decay_steps=10, t_mul=1.5, m_mul=0.8)))
    case("keras_restarts_3", 0.1, 60, ("CosineDecayRestarts", dict(first_decay_steps=4, t_mul=3.0, m_mul=0.5)),
         near=(160, 484, 1456, 4372))
    case("keras_restarts_all", 0.1, 90,
         ("CosineDecayRestarts", dict(first_decay_steps=7, t_mul=1.3, m_mul=0.9, alpha=0.05)))
    case("keras_restarts_1_all", 0.1, 45,
         ("CosineDecayRestarts", dict(first_decay_steps=7, t_mul=1.0, m_mul=0.9, alpha=0.05)))


def text_of(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ":".join(map(str, value))
    return value if isinstance(value, str) else repr(value)


def header(base_lr, parts, milestones, chained, resume):
    used = sorted({frameworks.framework_of(kind) for kind, _ in parts})
    if milestones or chained:
        used = sorted({*used, "torch"})
    lines = ["# " + ", ".join(f"{name} {frameworks.version_of(name)}" for name in used)]
    for kind, params in parts:
        rate = frameworks.RATE_NAMES.get(kind, "base_lr")
        words = [f"type={kind}", f"{rate}={base_lr!r}", *(f"{k}={text_of(v)}" for k, v in params.items())]
        lines.append("# part " + " ".join(words))
    if milestones:
        lines.append("# milestones " + " ".join(map(str, milestones)))
    if chained:
        lines.append("# chained")
    if resume is not None:
        lines.append(f"# resumed {resume}: saved and loaded again with state_dict() before that step")
    return lines


def float32_line(base_lr, ts, parts, exact):
    """How far Keras is off in the float that it uses unless told otherwise."""
    frameworks.keras.backend.set_floatx("float32")
    rates = frameworks.curve(base_lr, ts, parts)
    frameworks.keras.backend.set_floatx("float64")
    top = max(map(abs, exact))
    worst = max(abs(a - b) for a, b in zip(rates, exact)) / top
    return f"# float32 differs by up to {worst:.1e} of the highest rate"


def seen_text(lr, seen):
    if seen is None:
        return "-"
    return "" if seen == lr else f"{seen:.17g}"


def write(name, base_lr, ts, parts, milestones, chained, resume):
    exact = frameworks.curve(base_lr, ts, parts, milestones, chained)
    lines = header(base_lr, parts, milestones, chained, resume)
    stepped = exact
    if frameworks.has_loop(parts):
        near = [t for t in ts if t < LOOP_MAX]
        stepped = frameworks.loop(base_lr, near, parts, milestones, chained, resume)
        worst = max(abs(a - b) for a, b in zip(stepped, exact)) / base_lr
        lines.append(f"# loop {worst:.1e}")
        stepped += [None] * (len(ts) - len(near))
    if any(kind in frameworks.KERAS for kind, _ in parts):
        lines.append(float32_line(base_lr, ts, parts, exact))
    lines.append("t,lr,stepped")
    for t, lr, seen in zip(ts, exact, stepped):
        lines.append(f"{t},{lr:.17g}," + seen_text(lr, seen))
    (FOLDER / f"{name}.csv").write_text("\n".join(lines) + "\n")


def main():
    if sys.argv[1:2] == ["--sweep"]:
        sys.exit(sweep.run(int(sys.argv[2]), sys.argv[3:]))
    torch_cases()
    one_cycle_cases()
    sequence_cases()
    chained_cases()
    hugging_face_cases()
    stable_decay_cases()
    timm_cases()
    keras_cases()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.csv"):
        old.unlink()
    for name, arguments in CASES.items():
        write(name, *arguments)
    print(f"{len(CASES)} schedules in {FOLDER}")


if __name__ == "__main__":
    main()
