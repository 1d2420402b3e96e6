// What each picture shows: which curves of the log, and which words about its finding. The region
// and the figures are those that epochd told.

const round = (value, digits = 2) => String(Number(value.toPrecision(digits)));
const percent = (value) => `${round(value)} %`;
const names = {train_loss: ['train', 'training'], val_loss: ['val', 'validation'], val_accuracy: ['metric', 'accuracy'], lr: ['lr', 'LR']};
const HEIGHT = 136, LOW = 56;

const column = (rows, name) => rows.map((row) => [row.epoch, row[name]]);
function curve(rows, name, more = {}) {
  const [is, label] = names[name];
  return {is, name: label, points: column(rows, name), ...more};
}
// From 0 to a little above the highest point.
function panel(curves, more = {}) {
  const highest = Math.max(...curves.flatMap(({points}) => points.map(([, value]) => value)).filter(Number.isFinite));
  return {height: HEIGHT, y: [0, highest * 1.04], curves, ...more};
}
const losses = ({rows}, more) => panel([curve(rows, 'train_loss'), curve(rows, 'val_loss')], more);
const rate = ({rows}, more) => panel([curve(rows, 'lr')], more);
const declared = (reference) => ({is: 'ref', name: 'declared', dashed: true, points: reference.map((lr, i) => [i + 1, lr])});
const at = (rows, epoch, name) => rows.find((row) => row.epoch === epoch)[name];
const dot = (rows, epoch, name) => ({is: names[name][0], x: epoch, y: at(rows, epoch, name)});

// (told) => {panels, note, and what differs from the usual}. told: `rows` and `baseline` of the log,
// the finding's `from`, `to` and `evidence`, the `reference` of its schedule.
const scenes = {
  overfitting: ({rows, to, evidence: e}) => ({
    panels: [losses({rows}, {dots: [dot(rows, e.best_at, 'val_loss')], levels: [{at: e.lowest_level, from: e.best_at, to}]})],
    note: `lowest at epoch ${e.best_at}, now +${percent(e.rise)}`,
  }),
  validation_plateau: ({rows, evidence: e}) => ({
    panels: [losses({rows})],
    note: `training falls by ${percent(e.train_loss_fall)}, validation by ${percent(e.val_loss_gain)}`,
  }),
  noisy_loss: ({rows, evidence: e}) => ({
    panels: [losses({rows})],
    note: `jumps by ${round(e.noise)}, ${percent(e.noise_of_range)} of its range`,
  }),
  loss_spike: ({rows, evidence: e}) => ({
    panels: [losses({rows}, {dots: [dot(rows, e.largest_at, 'train_loss')]})],
    note: `up by ${round(e.largest)} at epoch ${e.largest_at}, and back again`,
  }),
  divergence: ({rows, from, to, evidence: e}) => ({
    panels: [losses({rows}, {levels: [{at: e.lowest_level, from, to}]})],
    note: `from a level of ${round(e.lowest_level)} to ${round(e.level_now)}`,
  }),
  not_learning: ({rows, evidence: e}) => ({
    panels: [losses({rows}, {y: [0, 3]})],
    note: `${round(e.first_level, 4)} at first, ${round(e.level_now, 4)} at the end`,
  }),
  lr_constant: ({rows, reference, evidence: e}) => ({
    panels: [panel([declared(reference), curve(rows, 'lr')])],
    note: `still ${round(e.lr)}: the scheduler is never stepped`,
  }),
  lr_abrupt: ({rows, evidence: e}) => ({
    panels: [rate({rows}, {dots: [dot(rows, e.at - 1, 'lr'), dot(rows, e.at, 'lr')]})],
    note: `from ${round(e.lr_before)} to ${round(e.lr_after)} at epoch ${e.at}`,
  }),
  lr_off_schedule: ({rows, reference, evidence: e}) => ({
    panels: [panel([declared(reference), curve(rows, 'lr')])],
    note: `starts again at epoch ${e.begins_at}`,
  }),
  lr_climbs_back: ({rows, evidence: e}) => ({
    panels: [rate({rows})],
    note: `T_max=${e.T_max} in a run of ${e.run_length}`,
  }),
  cycle_too_long: ({rows, reference, evidence: e}) => ({
    panels: [panel([declared(reference), curve(rows, 'lr', {lift: 8})])],
    x: [1, e.schedule_length],
    note: `the run ends after ${e.run_length} of ${e.schedule_length} epochs`,
  }),
  cycle_too_short: ({rows, evidence: e}) => ({
    panels: [rate({rows})],
    note: `at ${e.floor_lr} from epoch ${e.schedule_length + 1} on`,
  }),
  lr_too_high: ({rows, from, evidence: e}) => ({
    panels: [losses({rows}, {height: HEIGHT - 30}), rate({rows}, {height: LOW, dots: [dot(rows, from, 'lr')]})],
    note: `blows up at an LR of ${round(e.lr_then)}`,
  }),
  lr_too_low: ({rows, from, to, evidence: e}) => ({
    panels: [losses({rows}, {height: HEIGHT - 30}), rate({rows}, {height: LOW, levels: [{at: e.lr_limit, from: 1, to}]})],
    note: `no fall below LR ${round(e.lr_limit, 3)}`,
  }),
  leakage_suspected: ({rows, evidence: e}) => ({
    panels: [losses({rows})],
    note: `validation is ${round(e.val_over_train)} of training, from the start`,
  }),
  unstable_but_accurate: ({rows, evidence: e}) => ({
    panels: [panel([curve(rows, 'val_accuracy')], {height: LOW}), panel([curve(rows, 'val_loss')], {height: HEIGHT - 30})],
    note: `accurate, but the loss jumps by ${percent(e.noise_of_range)} of its range`,
  }),
  worse_than_baseline: ({rows, baseline, to, evidence: e}) => ({
    panels: [panel([curve(baseline, 'val_accuracy', {is: 'ref', name: 'baseline', dashed: true}), curve(rows, 'val_accuracy')],
                   {y: [0.3, 0.95], dots: [dot(rows, to, 'val_accuracy'), {...dot(baseline, to, 'val_accuracy'), is: 'ref'}]})],
    note: `ends at ${round(e.final)}, a constant LR at ${round(e.baseline_final)}`,
  }),
  stalled: ({rows, quiet_s}) => {
    const minute = (row) => (row.time - rows[0].time) / 60, last = minute(rows.at(-1));
    return {
      panels: [panel([{is: 'train', name: 'training', points: rows.map((row) => [minute(row), row.train_loss]), dots: true}])],
      x: [0, Math.ceil(last + quiet_s / 60)], counts: 'minute',
      from: last, to: last + quiet_s / 60,
      note: `nothing for ${quiet_s / 60} minutes`,
    };
  },
};

function roundTicks([low, high]) {
  const step = [5, 10, 20, 50].find((size) => (high - low) / size <= 5);
  const out = low === 1 ? [1] : [];
  for (let n = low === 1 ? step : low; n <= high; n += step) out.push(n);
  return out;
}

// The whole scene of a rule; told.text is the alternative text of the document.
export function sceneOf(rule, told) {
  const {rows} = told, own = scenes[rule](told);
  const x = own.x ?? [1, rows.at(-1).epoch];
  return {title: told.title, text: told.text, severity: told.severity, from: told.from, to: told.to, counts: 'epoch', xTicks: roundTicks(x), ...own, x};
}
