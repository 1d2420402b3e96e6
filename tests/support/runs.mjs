// Runs that show something, made from formulas: the same figures every time.

const cosine = (base, T_max, t) => (base * (1 + Math.cos((Math.PI * t) / T_max))) / 2;
// Noise in [-1, 1) that a seed decides.
function noise(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
const range = (n) => Array.from({length: n}, (_, i) => i + 1);

// The table this project started from, filled in between its corners.
export const exampleTable = [
  {epoch: 1, train_loss: 0.85, val_loss: 0.90, lr: 0.1},
  {epoch: 2, train_loss: 0.70, val_loss: 0.75, lr: 0.095},
  {epoch: 3, train_loss: 0.60, val_loss: 0.65, lr: 0.09},
  {epoch: 30, train_loss: 0.15, val_loss: 0.20, lr: 0.01},
];

// Validation loss turns at epoch 19 and climbs while training loss goes on falling; the learning
// rate stands still from epoch 15 to 19, as after a resume that lost the scheduler's state.
export function overfitting(epochs = 31) {
  const n = noise(7);
  return range(epochs).map((epoch) => ({
    epoch,
    train_loss: round(2.4 * Math.exp(-epoch / 4.5) + 0.2 + 0.004 * n() - 0.001 * epoch),
    val_loss: round(2.2 * Math.exp(-epoch / 4.5) + 0.36 + 0.012 * Math.max(0, epoch - 19) + 0.003 * n()),
    lr: cosine(3e-4, 50, epoch > 15 && epoch < 20 ? 14 : epoch - 1),
    'val/accuracy': round(0.9 - 0.7 * Math.exp(-epoch / 6)),
    grad_norm: round(1.2 + 0.3 * n() + (epoch === 12 ? 6 : 0)),
    'samples/s': round(206 + 2 * n()),
    gpu_mem: 11.5,
  }));
}

export function healthy(epochs = 50, seed = 3) {
  const n = noise(seed);
  return range(epochs).map((epoch) => ({
    epoch,
    train_loss: round(2.4 * Math.exp(-epoch / 6) + 0.24 + 0.003 * n()),
    val_loss: round(2.2 * Math.exp(-epoch / 6) + 0.37 + 0.003 * n()),
    lr: cosine(3e-4, 50, epoch - 1),
  }));
}

// A record for every step, a validation every 200, one spike that no thinning may hide.
export function long(steps = 12_000) {
  const n = noise(11), start = Date.UTC(2026, 10, 23, 9, 12) / 1000;
  return range(steps).map((step) => ({
    step, epoch: step / 400, time: start + step * 0.31,
    train_loss: round(2.6 * Math.exp(-step / 2000) + 0.25 + 0.06 * n() + (step === 7001 ? 2 : 0)),
    ...(step % 200 ? {} : {val_loss: round(2.6 * Math.exp(-step / 2100) + 0.33)}),
    lr: step < 600 ? (3e-4 * step) / 600 : cosine(3e-4, steps - 600, step - 600),
    grad_norm: round(1 + 0.4 * n()),
  }));
}

const round = (v) => Number(v.toFixed(4));

// Fills a server with what the pages need to look like a working day.
export async function workingDay(server) {
  const create = async (run, records, patch) => {
    const answer = await server.post('/api/v1/runs', run);
    if (!answer.ok) throw new Error(await answer.text());
    await server.postEpochs(run.id, records);
    if (patch) await server.patch(`/api/v1/runs/${run.id}`, patch);
  };
  const config = {model: 'resnet50', batch_size: 64, lr: 3e-4, weight_decay: 0.05, augment: 'aug1', precision: 'bf16', seed: 3};
  const schedule = {type: 'CosineAnnealingLR', base_lr: 3e-4, T_max: 50};
  await create({id: 'gpt-small', name: 'GPT small, 12k steps', project: 'lm', config: {layers: 12, width: 768}}, long());
  for (let i = 1; i <= 12; i++) {
    await create({id: `sweep-${i}`, name: `vit-tiny-lr${i}`, project: 'sweep', epochs: 30, config: {lr: i / 1000, seed: i}},
                 healthy(30, i), {status: i % 5 ? 'finished' : 'failed'});
  }
  await create({id: 'resnet50-aug1-s3', project: 'cifar100', epochs: 50, config, schedule, tags: {seed: 3, host: 'gpu2'}},
               healthy(), {status: 'finished'});
  await create({id: 'resnet50-aug2-s3', project: 'cifar100', epochs: 50, baseline: 'resnet50-aug1-s3', schedule,
                config: {...config, weight_decay: 0.01, augment: 'aug2'}, tags: {seed: 3, host: 'gpu3'}}, overfitting());
}
