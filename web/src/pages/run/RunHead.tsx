// Title, state, tags and actions of a run, and the strip of figures under it.
import {useRef, useState} from 'preact/hooks';
import {api, csvAddress, sentence} from '../../api/client.ts';
import type {Diagnosis, Reference, Run} from '../../api/types.ts';
import * as format from '../../logic/format.ts';
import type {Row} from '../../logic/epochs.ts';
import {moveTo, viewAddress} from '../../logic/view.ts';
import {copy, show, toast, view} from '../../state.ts';
import {Stat} from '../../ui/controls.tsx';
import {Icon} from '../../ui/icons.tsx';
import {useKeys} from '../../keys.ts';
import {StatusPill, trashWithUndo, verdictWords} from '../../ui/run.tsx';

export function RunHead({run, onChange}: {run: Run; onChange: (run: Run) => void}) {
  const patch = (fields: Partial<Run>, done: string) =>
    api.patch(run.id, fields).then((answer) => { onChange(answer); toast(done); }, (problem) => toast(sentence(problem)));
  const copyLink = () => void copy(location.origin + viewAddress(view.value), 'Link copied');
  useKeys({y: copyLink});
  const tags = Object.entries(run.tags ?? {});
  const others = run.baseline && run.baseline !== run.id ? [run.baseline] : [];
  return (
    <div class="head">
      <Name run={run} onRename={(name) => void patch({name}, 'Renamed')} />
      <StatusPill status={run.status} />
      {tags.map(([key, v]) => <span class="tag" key={key}>{v === true || v === '' ? key : `${key} ${format.json(v)}`}</span>)}
      <span class="space" />
      <div class="actions">
        <a class="button" href={viewAddress(moveTo(view.value, 'compare', {runs: [run.id, ...others], base: others[0] ?? ''}))}>
          <Icon name="compare" />Compare
        </a>
        <BaselineButton run={run} onPin={(baseline, done) => void patch({baseline}, done)} />
        <a class="button" href={csvAddress(run.id)} download={`${run.id}.csv`}><Icon name="download" />CSV</a>
        <button class="button" onClick={copyLink}><Icon name="link" />Copy link</button>
        <button class="button" onClick={() => void trashWithUndo(run, () => show(moveTo(view.value, 'runs')))}>
          <Icon name="trash" />Delete
        </button>
      </div>
    </div>
  );
}

function Name({run, onRename}: {run: Run; onRename: (name: string) => void}) {
  const [editing, setEditing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const name = run.name || run.id;
  if (!editing) {
    return (
      <>
        <h1>{name}</h1>
        <button class="icon-button small" aria-label="Rename this run" title="Rename" onClick={() => setEditing(true)}><Icon name="edit" /></button>
      </>
    );
  }
  const done = (save: boolean) => {
    const text = input.current!.value.trim();
    setEditing(false);
    if (save && text && text !== name) onRename(text);
  };
  return (
    <form class="rename" onSubmit={(event) => { event.preventDefault(); done(true); }}>
      <h1 class="sr">{name}</h1>
      <input ref={input} defaultValue={name} maxLength={200} aria-label="Name of this run" autofocus
        onKeyDown={(event) => { if (event.key === 'Escape') done(false); }} />
      <button class="button">Save</button>
      <button class="button" type="button" onClick={() => done(false)}>Cancel</button>
    </form>
  );
}

const sameProjectFirst = (runs: Run[], {project}: Run) =>
  [...runs].sort((a, b) => Number(b.project === project) - Number(a.project === project));

// Which run this one is measured against.
function BaselineButton({run, onPin}: {run: Run; onPin: (baseline: string | null, done: string) => void}) {
  const [runs, setRuns] = useState<Run[] | null>(null);
  const load = () => {
    if (!runs) api.runs({limit: 200}).then(({runs: all}) => setRuns(sameProjectFirst(all, run)), (problem) => toast(sentence(problem)));
  };
  return (
    <label class="button select" onPointerDown={load} onFocusIn={load}>
      <Icon name="pin" />
      <span>Baseline</span>
      <select value={run.baseline ?? ''} onChange={(event) => {
        const id = event.currentTarget.value;
        onPin(id || null, id ? `Baseline is now ${id}` : 'Baseline removed');
      }}>
        <option value="">none</option>
        {run.baseline && !runs?.some((one) => one.id === run.baseline) && <option value={run.baseline}>{run.baseline}</option>}
        {runs?.filter((one) => one.id !== run.id).map((one) => <option key={one.id} value={one.id}>{one.name || one.id}</option>)}
      </select>
    </label>
  );
}

// The diagnosis is newer than what the run list was told.
function VerdictStat({run, diagnosis}: {run: Run; diagnosis: Diagnosis | null}) {
  const found = (['error', 'warning', 'info'] as const)
    .map((s) => ({s, n: diagnosis ? diagnosis.findings.filter((f) => f.severity === s).length : run.findings[s]}))
    .filter(({n}) => n > 0)
    .map(({s, n}) => format.plural(n, s === 'info' ? 'note' : s));
  const verdict = diagnosis?.verdict ?? run.verdict;
  return (
    <Stat label="Verdict" note={found.length ? found.join(', ') : 'no findings'}>
      <span class={`verdict ${verdict}`}>{verdictWords[verdict]}</span>
    </Stat>
  );
}

interface StatStripProps {
  run: Run;
  diagnosis: Diagnosis | null;
  rows: Row[];
  reference: Reference | null;
}

export function StatStrip({run, diagnosis, rows, reference}: StatStripProps) {
  const unit = run.x, {last, best} = run;
  const val = format.numberOf(last.val_loss), train = format.numberOf(last.train_loss);
  const bestVal = format.numberOf(best.val_loss?.value);
  const atBest = rows.find((row) => row.x === best.val_loss?.step);
  const trainAtBest = format.numberOf(atBest?.cells.train_loss);
  const above = val / bestVal - 1, sinceBest = train / trainAtBest - 1;
  return (
    <section class="stats" aria-label="Summary">
      <Progress run={run} />
      <VerdictStat run={run} diagnosis={diagnosis} />
      <Stat label="Validation loss" tone={above > 0.01 ? 'up' : ''}
        note={Number.isFinite(above) ? (above > 0.0005 ? `${format.percent(above)} vs best` : 'at its best') : run.roles.val_loss ? '' : 'not logged'}>
        {format.value(last.val_loss)}
      </Stat>
      <Stat label="Best validation loss" note={best.val_loss ? `${unit} ${format.count(best.val_loss.step)}` : ''}>
        {format.value(best.val_loss?.value)}
      </Stat>
      <Stat label="Training loss" tone={sinceBest < 0 ? 'down' : ''}
        note={Number.isFinite(sinceBest) && atBest?.x !== run.last_step ? `${format.percent(sinceBest)} since best val` : run.roles.train_loss ? '' : 'not logged'}>
        {format.value(last.train_loss)}
      </Stat>
      <Stat label="Learning rate" {...lrNote(run, reference)}>{format.value(last.lr, 3)}</Stat>
      <Time run={run} />
    </section>
  );
}

function lrNote(run: Run, reference: Reference | null): {note: string; tone: '' | 'up'} {
  if (!run.roles.lr) return {note: 'not logged', tone: ''};
  const observed = reference?.observed;
  if (!observed || reference.source === 'none') return {note: 'no reference', tone: ''};
  if (observed.leaves_at !== null) {
    const from = format.count(observed.leaves_at), until = observed.off_until ?? 0;
    return {note: until < (run.last_step ?? 0) ? `was off schedule ${from}–${format.count(until)}` : `off schedule since ${from}`, tone: 'up'};
  }
  const logged = observed.every > 1 ? `, stepped every ${format.count(observed.every)}` : observed.averaged ? ', logged as means' : observed.shift ? `, logged one ${observed.shift > 0 ? 'late' : 'early'}` : '';
  return {note: (reference.source === 'fitted' ? 'follows a schedule' : 'on schedule') + logged, tone: ''};
}

function Progress({run}: {run: Run}) {
  const done = run.last_step ?? 0, share = run.epochs && run.x === 'epoch' ? Math.min(1, done / run.epochs) : null;
  return (
    <Stat label="Progress">
      {format.count(done)} <span class="of">{share === null ? (run.x === 'epoch' ? 'epochs' : 'steps') : `of ${format.count(run.epochs!)} epochs`}</span>
      {share !== null && (
        <span class="bar" role="progressbar" aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100} aria-label="Training progress">
          <i style={{width: `${share * 100}%`}} />
        </span>
      )}
    </Stat>
  );
}

function Time({run}: {run: Run}) {
  const created = Date.parse(run.created), updated = Date.parse(run.updated), elapsed = (updated - created) / 1000;
  const share = run.epochs && run.x === 'epoch' && run.last_step ? run.last_step / run.epochs : 0;
  const left = share > 0 && share < 1 && run.status === 'running' ? (elapsed / share) * (1 - share) : null;
  if (left !== null && elapsed > 5) return <Stat label="Time left" note={`${format.duration(elapsed)} elapsed`}>{format.duration(left)}</Stat>;
  const day = new Date(created).toLocaleDateString('en-GB', {day: 'numeric', month: 'short'});
  const clock = new Date(created).toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'});
  if (elapsed < 5) return <Stat label="Started" note={clock}>{day}</Stat>;
  return <Stat label="Elapsed" note={`started ${day}, ${clock}`}>{format.duration(elapsed)}</Stat>;
}
