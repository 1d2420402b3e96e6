// Before the first point: how to send it. The page opens the run by itself when it comes.
import {useState} from 'preact/hooks';
import {Code, Segmented} from '../../ui/controls.tsx';
import {snippets} from '../../logic/snippets.ts';

export function EmptyState() {
  const all = snippets(location.origin);
  const [chosen, choose] = useState(all[0]!.key);
  const snippet = all.find((one) => one.key === chosen)!;
  return (
    <section class="empty first" aria-labelledby="empty-title">
      <h1 id="empty-title">No runs yet</h1>
      <p>Send the first point, and this page opens the run by itself.</p>
      <div class="card">
        <div class="card-head">
          <Segmented label="With" value={chosen} options={all.map(({key, label}) => ({value: key, label}))} onChange={choose} />
        </div>
        <Code text={snippet.text} label={`${snippet.label} example`} />
        <p class="rail-text">{snippet.hint}</p>
      </div>
      <p class="waiting"><i class="dot" aria-hidden="true" />waiting for data …</p>
    </section>
  );
}
