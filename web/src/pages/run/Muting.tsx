// Muted rules of a run, and when each finding came and went.
import {useEffect, useRef, useState} from 'preact/hooks';
import {api, sentence} from '../../api/client.ts';
import type {CameAndWent, Diagnosis, Muted} from '../../api/types.ts';
import {spanText} from '../../logic/findings.ts';
import {dateTime, plural, words} from '../../logic/format.ts';
import {toast} from '../../state.ts';

const attempt = (work: Promise<unknown>) => work.catch((problem: unknown) => { toast(sentence(problem)); });
const unmute = ({run, refresh}: Muting, rule: string) => void attempt(api.unmute(run, rule).then(refresh));

// Of which run, and how to learn what the server says then: the live stream may be down.
export interface Muting {
  run: string;
  refresh: () => void;
}

export function MuteForm({muting, rule, title, close}: {muting: Muting; rule: string; title: string; close: () => void}) {
  const [reason, setReason] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const send = (event: Event) => {
    event.preventDefault();
    void attempt(api.mute(muting.run, rule, reason.trim()).then(() => {
      toast(`${title} is muted on this run`, {label: 'Undo', run: () => unmute(muting, rule)});
      close();
      document.getElementById('findings-title')?.focus();   // the card is about to go
      muting.refresh();
    }));
  };
  return (
    <form class="mute" onSubmit={send}>
      <label class="field">
        <span>Why does it not matter here?</span>
        <input type="text" maxLength={200} value={reason} placeholder="for example: small validation set"
          ref={input}
          onKeyDown={(event) => { if (event.key === 'Escape') close(); }}
          onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <div class="finding-actions">
        <button class="button small" type="submit">Mute on this run</button>
        <button class="link" type="button" onClick={close}>Cancel</button>
      </div>
    </form>
  );
}

export function MutedRules({muting, muted}: {muting: Muting; muted: Muted[]}) {
  if (!muted.length) return null;
  return (
    <details class="rail-details">
      <summary>{plural(muted.length, 'muted rule')}</summary>
      <ul class="quiet-list">
        {muted.map(({rule, reason, muted_at, message}) => (
          <li key={rule}>
            <div><b>{words(rule)}</b><small>{reason || 'no reason given'}{message ? '' : ' · has nothing to say now'} · {dateTime(Date.parse(muted_at))}</small></div>
            <button class="link" onClick={() => unmute(muting, rule)} aria-label={`Unmute ${words(rule)}`}>Unmute</button>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function History({diagnosis, unit}: {diagnosis: Diagnosis | null; unit: string}) {
  const all: CameAndWent[] = diagnosis?.history ?? [];
  const gone = all.filter((one) => one.closed_at !== null);
  if (!gone.length) return null;
  return (
    <details class="rail-details">
      <summary>{plural(gone.length, 'finding')} came and went</summary>
      <ul class="quiet-list">
        {gone.map((one) => (
          <li key={`${one.rule} ${one.metric} ${one.opened_at}`}>
            <div><b>{words(one.rule)}</b><small>{spanText(one, unit)}{one.metric ? ` · ${one.metric}` : ''}</small></div>
          </li>
        ))}
      </ul>
    </details>
  );
}
