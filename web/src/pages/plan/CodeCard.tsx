// The schedule as code to paste, one tab for each framework.
import type {Curve, Framework} from '../../api/types.ts';
import {change, view} from '../../state.ts';
import {Code} from '../../ui/controls.tsx';

const tabs: {key: Framework; label: string}[] = [
  {key: 'pytorch', label: 'PyTorch'}, {key: 'lightning', label: 'Lightning'},
  {key: 'huggingface', label: 'Hugging Face'}, {key: 'keras', label: 'Keras'},
];

export function CodeCard({curve}: {curve: Curve}) {
  const chosen = tabs.find(({key}) => key === view.value.code) ?? tabs[0]!;
  const choose = (key: Framework) => change({code: key === 'pytorch' ? '' : key});
  const turn = (event: KeyboardEvent) => {
    const way = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!way) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(chosen) + way + tabs.length) % tabs.length]!;
    choose(next.key);
    document.getElementById(`code-${next.key}`)?.focus();
  };
  return (
    <section class="card" aria-labelledby="code-title">
      <div class="rail-head code-head">
        <h2 id="code-title" class="sr">Code</h2>
        <div class="code-tabs" role="tablist" aria-label="Framework" onKeyDown={turn}>
          {tabs.map(({key, label}) => (
            <button key={key} role="tab" id={`code-${key}`} aria-selected={key === chosen.key} aria-controls="code-panel"
              tabIndex={key === chosen.key ? 0 : -1} onClick={() => choose(key)}>{label}</button>
          ))}
        </div>
      </div>
      <div id="code-panel" role="tabpanel" aria-labelledby={`code-${chosen.key}`}>
        <Code text={curve.snippets[chosen.key]} label={`${chosen.label} code`} />
      </div>
    </section>
  );
}
