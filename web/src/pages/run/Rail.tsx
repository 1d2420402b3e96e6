// Beside the charts: findings with evidence and advice, the scorecard, the parameters.
import {useState} from 'preact/hooks';
import {api} from '../../api/client.ts';
import type {Check, Diagnosis, Json, Reference, Rule, Run} from '../../api/types.ts';
import type {Lettered} from '../../logic/findings.ts';
import {adviceLines, evidenceRows, isDrawn, severityClass, severityWord, whenText} from '../../logic/findings.ts';
import {count, json, plural, words} from '../../logic/format.ts';
import {moveTo, viewAddress} from '../../logic/view.ts';
import {change, view} from '../../state.ts';
import {Code} from '../../ui/controls.tsx';
import type {IconName} from '../../ui/icons.tsx';
import {Icon} from '../../ui/icons.tsx';
import {zoomTo} from '../../ui/ChartTools.tsx';
import type {Muting} from './Muting.tsx';
import {History, MutedRules, MuteForm} from './Muting.tsx';

interface FindingsProps {
  muting: Muting;
  findings: Lettered[];
  diagnosis: Diagnosis | null;
  unit: string;
}

export function Findings({muting, findings, diagnosis, unit}: FindingsProps) {
  const checked = diagnosis && diagnosis.checked_to_step !== null
    ? `checked to ${unit} ${count(diagnosis.checked_to_step)}` : 'not checked yet';
  return (
    <section class="card" aria-labelledby="findings-title">
      <div class="rail-head">
        <h2 id="findings-title" tabIndex={-1}>Findings</h2>
        <span class="hint">{findings.length ? `${findings.filter((f) => f.ongoing).length || 'none'} open · ` : ''}{checked}</span>
      </div>
      {findings.map((finding) => <FindingCard key={finding.key} muting={muting} finding={finding} unit={unit} />)}
      {!findings.length && diagnosis && (
        <p class="rail-text">No findings. {plural(diagnosis.rules_checked, 'rule')} checked{diagnosis.verdict === 'too_early' ? '; more points are needed for a verdict' : ''}.</p>
      )}
      <MutedRules muting={muting} muted={diagnosis?.muted ?? []} />
      <History diagnosis={diagnosis} unit={unit} />
    </section>
  );
}

let rules: Promise<Rule[]> | null = null;
function loadRules(): Promise<Rule[]> {
  rules ??= api.rules().then((answer) => answer.rules, () => { rules = null; return []; });
  return rules;
}

function FindingCard({muting, finding, unit}: {muting: Muting; finding: Lettered; unit: string}) {
  const [about, setAbout] = useState(''), [asking, setAsking] = useState(false);
  const open = view.value.finding === finding.key;
  const why = () => {
    if (about) setAbout('');
    else void loadRules().then((all) => setAbout(all.find((rule) => rule.rule === finding.rule)?.about ?? 'The server does not explain this rule.'));
  };
  const locate = () => {
    const wide = Math.max(2, (finding.to_step - finding.from_step) * 0.5, finding.to_step * 0.02);
    change({bands: true, finding: finding.key}, 'replace');
    zoomTo([Math.max(0, finding.from_step - wide), finding.to_step + (finding.ongoing ? 0 : wide)]);
  };
  const evidence = evidenceRows(finding), advice = adviceLines(finding);
  return (
    <article class={`finding ${severityClass[finding.severity]}${open ? ' open' : ''}`} id={`finding-${finding.key}`} tabIndex={-1}>
      <div class="finding-head">
        <span class="letter" aria-hidden="true">{finding.letter}</span>
        <h3>{finding.title}<span class="sr"> ({severityWord[finding.severity]})</span></h3>
        <span class="when">{whenText(finding, unit)}</span>
      </div>
      <p>{finding.message}</p>
      {evidence.length > 0 && (
        <table class="evidence">
          <tbody>{evidence.map((row) => <tr key={row.name}><th scope="row">{row.name}</th><td>{row.value}</td><td>{row.unit}</td></tr>)}</tbody>
        </table>
      )}
      {advice.length > 0 && (
        <>
          <span class="label">What to try</span>
          <ul class="advice">{advice.map((line) => <li key={line}>{line}</li>)}</ul>
        </>
      )}
      {about && <p class="about">{about} <a href={`/docs/diagnosis#${finding.rule}`}>All about this rule</a></p>}
      <div class="finding-actions">
        {isDrawn(finding) && <button class="link" onClick={locate}>Show on charts</button>}
        <button class="link" aria-expanded={about !== ''} onClick={why}>Why?</button>
        <button class="link" aria-expanded={asking} onClick={() => setAsking(!asking)}>Mute</button>
      </div>
      {asking && <MuteForm muting={muting} rule={finding.rule} title={finding.title} close={() => setAsking(false)} />}
    </article>
  );
}

const checkLook: Record<Check['status'], {icon: IconName; word: string}> = {
  pass: {icon: 'check', word: 'passed'}, fail: {icon: 'cross', word: 'failed'}, unknown: {icon: 'dash', word: 'not known'},
};
const checkNames: Record<string, string> = {better_than_constant_lr: 'Better than a constant learning rate'};

export function Scorecard({diagnosis}: {diagnosis: Diagnosis | null}) {
  const checks = diagnosis?.checks ?? [];
  if (!checks.length) return null;
  return (
    <section class="card" aria-labelledby="score-title">
      <div class="rail-head">
        <h2 id="score-title">Scorecard</h2>
        <span class="hint">{checks.filter((check) => check.status === 'pass').length} of {checks.length} passed</span>
      </div>
      <ul class="score">
        {checks.map(({check, status, because}) => (
          <li key={check} class={status}>
            <span class="score-mark"><Icon name={checkLook[status].icon} /><span class="sr">{checkLook[status].word}:</span></span>
            <div><b>{checkNames[check] ?? words(check)}</b><small class={/\d/.test(because) ? 'figures' : undefined}>{because}</small></div>
          </li>
        ))}
      </ul>
    </section>
  );
}

// The configuration; where the baseline's differs, its value is struck through before this one's.
export function Parameters({run, baseline}: {run: Run; baseline: Run | null}) {
  const own = run.config ?? {}, other = baseline?.config ?? {};
  const names = [...Object.keys(own), ...Object.keys(other).filter((key) => !(key in own))];
  const differs = (key: string) => baseline !== null && JSON.stringify(own[key]) !== JSON.stringify(other[key]);
  const changed = names.filter(differs).length;
  return (
    <section class="card" aria-labelledby="parameters-title">
      <div class="rail-head">
        <h2 id="parameters-title">Parameters</h2>
        {baseline && <span class="hint">{changed} differ{changed === 1 ? 's' : ''} from <a href={`/run/${encodeURIComponent(baseline.id)}`}>{baseline.name || baseline.id}</a></span>}
      </div>
      <dl class="pairs">
        {names.map((key) => (
          <Pair key={key} name={key} value={own[key]} was={differs(key) ? other[key] ?? null : undefined} />
        ))}
        <div><dt>run id</dt><dd class="mono">{run.id}</dd></div>
        {run.project && <div><dt>project</dt><dd><a href={`/runs?project=${encodeURIComponent(run.project)}`}>{run.project}</a></dd></div>}
      </dl>
      {run.note && <p class="rail-text note">{run.note}</p>}
    </section>
  );
}

function Pair({name, value, was}: {name: string; value: Json | undefined; was?: Json}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={was === undefined ? '' : 'differs'}>{was !== undefined && was !== null && <s>{json(was)}</s>}{json(value)}</dd>
    </div>
  );
}

// The schedulers of a SequentialLR, one line each.
function parts(schedulers: Json | undefined) {
  return (Array.isArray(schedulers) ? schedulers : []).map((part, i) => {
    const {type, ...rest} = part as Record<string, Json>;
    const text = Object.entries(rest).map(([key, v]) => `${key} ${json(v)}`).join(', ');
    return <Pair key={i} name={`${i + 1}. ${String(type)}`} value={text} />;
  });
}

export function ScheduleCard({run, reference}: {run: string; reference: Reference | null}) {
  if (!reference || reference.source === 'none' || !reference.spec) return null;
  const {type, ...rest} = reference.spec;
  return (
    <section class="card" aria-labelledby="schedule-title">
      <div class="rail-head">
        <h2 id="schedule-title">Schedule</h2>
        <span class="hint">{reference.source === 'declared' ? 'as the run declares it' : 'fitted to the learning rate'}</span>
      </div>
      <dl class="pairs">
        <div><dt>type</dt><dd>{type}</dd></div>
        {Object.entries(rest).flatMap(([key, v]) => (key === 'schedulers' ? parts(v) : [<Pair key={key} name={key} value={v} />]))}
      </dl>
      {reference.notes.map((note) => <p class="rail-text" key={note}>{note}</p>)}
      <p class="rail-text"><a href={viewAddress(moveTo(view.value, 'plan', {of: run}))}>Open in the planner</a></p>
      {reference.code && <details class="rail-details"><summary>PyTorch code</summary><Code text={reference.code} label="Schedule code" /></details>}
    </section>
  );
}
