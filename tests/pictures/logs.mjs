// The logs behind the pictures of docs/diagnosis.md: made data, by formulas, one for each rule, the
// same figures every time. Each shows one mistake and nothing else that epochd would warn of, but
// for what `also` names.

const range = (n) => Array.from({length: n}, (_, i) => i);
// Jumps in [-1, 1) that a seed decides.
function noise(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
const fall = (i, from, to, pace) => to + (from - to) * Math.exp(-i / pace);
// From `begin` on up by 1.5.
const climb = (i, begin, pace) => fall(Math.max(0, i - begin), 0, 1.5, pace);
const cosine = (base, T_max, i) => (base * (1 + Math.cos((Math.PI * i) / T_max))) / 2;

// epochs rows of these columns: formulas of i, the epochs before this one.
function log(epochs, columns) {
  return range(epochs).map((i) => ({
    epoch: i + 1,
    ...Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, Number(of(i).toPrecision(name === 'lr' ? 10 : 4))])),
  }));
}
// Both losses fall as they should: what a rule about the learning rate needs no more of.
const healthy = {
  train_loss: (i) => fall(i, 2.3, 0.3, 8),
  val_loss: (i) => fall(i, 2.2, 0.42, 8),
};
const declared = {type: 'CosineAnnealingLR', base_lr: 0.1, T_max: 40};
const jitter = (seed, size) => {
  const next = noise(seed), values = range(200).map(() => size * next());
  return (i) => values[i];
};

// By rule: `rows`; the `schedule` that the run declared; `also`, the rules that have to be told with
// it; `baseline`, the rows of the run that it is held against; `quiet_s`, how long the job has been
// silent; these two only a server can know. `none`: why there is no picture.
export const logs = {
  overfitting: {rows: log(40, {
    train_loss: (i) => fall(i, 2.3, 0.12, 8),
    val_loss: (i) => fall(i, 2.2, 0.5, 5) + 0.011 * Math.max(0, i - 13),
    lr: (i) => cosine(0.1, 40, i),
  })},
  validation_plateau: {rows: log(40, {
    train_loss: (i) => fall(i, 2.3, 0.12, 9),
    val_loss: (i) => fall(i, 2.3, 1.02, 3.6),
    lr: (i) => cosine(0.1, 40, i),
  })},
  noisy_loss: {rows: (() => {
    const jumps = jitter(5, 0.55);
    return log(40, {
      train_loss: (i) => fall(i, 2.3, 0.4, 10),
      val_loss: (i) => fall(i, 2.4, 1.0, 10) + jumps(i),
      lr: (i) => cosine(0.1, 40, i),
    });
  })()},
  loss_spike: {rows: (() => {
    const jumps = jitter(2, 0.015), spikes = {37: 0.95, 38: 0.4, 39: 0.1, 81: 0.75, 82: 0.25};
    return log(120, {
      train_loss: (i) => fall(i, 2.3, 0.35, 22) + jumps(i) + (spikes[i] ?? 0),
      val_loss: (i) => fall(i, 2.2, 0.5, 22),
      lr: (i) => cosine(0.1, 120, i),
    });
  })()},
  divergence: {rows: (() => {
    const jumps = jitter(3, 0.03);
    return log(40, {
      train_loss: (i) => fall(i, 2.3, 0.45, 6) + climb(i, 23, 2.2) + jumps(i) * (i > 25 ? 3 : 0.3),
      val_loss: (i) => fall(i, 2.3, 0.6, 6) + 0.7 * climb(i, 23, 4),
      lr: (i) => cosine(0.1, 40, i),
    });
  })()},
  not_learning: {rows: log(40, {
    train_loss: (i) => 2.303 + 0.006 * Math.sin(i / 4) + 0.003 * Math.sin(i / 1.7),
    val_loss: (i) => 2.42 + 0.004 * Math.sin(i / 5 + 1),
    lr: () => 0.1,
  })},
  lr_constant: {schedule: declared, rows: log(40, {...healthy, lr: () => 0.1})},
  lr_abrupt: {rows: log(40, {...healthy, lr: (i) => cosine(0.1, 40, i) * (i < 15 ? 1 : 0.35)})},
  lr_off_schedule: {schedule: declared, rows: log(40, {...healthy, lr: (i) => cosine(0.1, 40, i < 24 ? i : i - 24)})},
  lr_climbs_back: {rows: log(40, {...healthy, lr: (i) => cosine(0.1, 22, i)})},
  cycle_too_long: {schedule: {...declared, T_max: 100}, rows: log(40, {...healthy, lr: (i) => cosine(0.1, 100, i)})},
  cycle_too_short: {
    schedule: {type: 'PolynomialLR', base_lr: 0.1, total_iters: 20, power: 1},
    rows: log(40, {...healthy, lr: (i) => 0.1 * Math.max(0, 1 - i / 20)}),
  },
  lr_too_high: {also: ['divergence'], rows: (() => {
    const jumps = jitter(4, 0.12);
    return log(40, {
      train_loss: (i) => fall(i, 2.3, 0.7, 7) + climb(i, 21, 2) + (i > 22 ? jumps(i) : 0),
      val_loss: (i) => fall(i, 2.3, 0.85, 7) + 0.7 * climb(i, 21, 4),
      lr: (i) => Math.min(0.1, (0.1 * (i + 1)) / 25),
    });
  })()},
  lr_too_low: {rows: log(40, {
    train_loss: (i) => 0.95 + 1.35 * (1 - Math.min(i, 22) / 22) ** 1.3,
    val_loss: (i) => 1.08 + 1.2 * (1 - Math.min(i, 22) / 22) ** 1.3,
    lr: (i) => 0.1 * 0.88 ** i,
  })},
  leakage_suspected: {rows: log(40, {
    train_loss: (i) => fall(i, 2.3, 0.55, 9),
    val_loss: (i) => 0.62 * fall(i, 2.3, 0.5, 9),
    lr: (i) => cosine(0.1, 40, i),
  })},
  unstable_but_accurate: {also: ['noisy_loss'], rows: (() => {
    const jumps = jitter(5, 0.55);
    return log(40, {
      train_loss: (i) => fall(i, 2.3, 0.4, 10),
      val_loss: (i) => fall(i, 2.4, 1.0, 10) + jumps(i),
      val_accuracy: (i) => fall(i, 0.4, 0.92, 6),
      lr: (i) => cosine(0.1, 40, i),
    });
  })()},
  worse_than_baseline: {
    rows: log(40, {...healthy, val_accuracy: (i) => fall(i, 0.35, 0.81, 5), lr: (i) => cosine(0.05, 40, i)}),
    baseline: log(40, {...healthy, val_accuracy: (i) => fall(i, 0.35, 0.9, 8), lr: () => 0.05}),
  },
  no_validation: {none: 'a curve that is not there'},
  no_loss: {none: 'a curve that is not there'},
  no_lr: {none: 'a curve that is not there'},
  stalled: {quiet_s: 40 * 60, rows: (() => {
    const begin = Date.UTC(2024, 0, 1, 9) / 1000, pauses = jitter(6, 40);
    return log(20, healthy).map((row, i) => ({...row, lr: 0.1, time: begin + 120 * i + Math.round(pauses(i))}));
  })()},
};

const names = (rows) => Object.keys(rows[0]);
export const csv = (rows) => [names(rows).join(), ...rows.map((row) => names(rows).map((name) => row[name]).join())].join('\n') + '\n';

// The files beside a rule's picture, by name.
export function files(rule) {
  const {rows, schedule, baseline} = logs[rule];
  return {
    [`${rule}.csv`]: csv(rows),
    ...(schedule ? {[`${rule}.schedule.json`]: `${JSON.stringify(schedule)}\n`} : {}),
    ...(baseline ? {[`${rule}.baseline.csv`]: csv(baseline)} : {}),
  };
}
