// How a run's state and verdict look, and what can be done with it anywhere.
import {api, sentence} from '../api/client.ts';
import type {Run, Severity, Status, Verdict} from '../api/types.ts';
import {severityClass, severityWord} from '../logic/findings.ts';
import {toast} from '../state.ts';

export const verdictWords: Record<Verdict, string> = {good: 'Good', watch: 'Watch', bad: 'Bad', too_early: 'Too early'};
const shapes: Record<Severity, string> = {error: '■', warning: '▲', info: '●'};

export function StatusPill({status}: {status: Status}) {
  return <span class={`pill ${status}`}><i class="dot" aria-hidden="true" />{status}</span>;
}

export function VerdictBadge({verdict}: {verdict: Verdict}) {
  return <span class={`badge ${verdict}`}>{verdictWords[verdict]}</span>;
}

// A shape and a number for each severity: not by colour alone.
export function FindingCounts({counts}: {counts: Run['findings']}) {
  const present = (['error', 'warning', 'info'] as const).filter((severity) => counts[severity] > 0);
  if (!present.length) return <span class="muted">–</span>;
  return (
    <>
      {present.map((severity) => (
        <span key={severity} class={`count ${severityClass[severity]}`}>
          <span aria-hidden="true">{shapes[severity]}</span>{counts[severity]}
          <span class="sr"> {severityWord[severity]}</span>
        </span>
      ))}
    </>
  );
}

export async function trashWithUndo(run: Run, then?: () => void, undone?: () => void) {
  const name = run.name || run.id;
  try {
    await api.trash(run.id);
  } catch (problem) {
    toast(sentence(problem));
    return;
  }
  then?.();
  toast(`${name} is in the trash`, {
    label: 'Undo',
    run: () => api.restore(run.id).then(() => { toast(`${name} is back`); undone?.(); }, (problem) => toast(sentence(problem))),
  });
}
