// The keys, in a dialog. Loaded when it is first asked for.
import {useEffect, useRef} from 'preact/hooks';
import {Icon} from './icons.tsx';

const keys: [string[], string][] = [
  [['/'], 'find a run'],
  [['g', 'r'], 'runs'],
  [['g', 'p'], 'planner'],
  [['['], 'previous finding'],
  [[']'], 'next finding'],
  [['s'], 'smoother'],
  [['S'], 'less smooth'],
  [['e'], 'next x axis'],
  [['l'], 'linear or log y axis'],
  [['o'], 'clip outliers'],
  [['0'], 'reset zoom'],
  [['t'], 'the data of a chart as a table'],
  [['y'], 'copy link'],
  [['Space'], 'pause live updates'],
  [['d'], 'light or dark'],
  [['c'], 'compare the chosen runs'],
  [['b', 'v'], 'compare: difference, band'],
  [['Esc'], 'release the crosshair, clear the choice'],
];

export function Help({onClose}: {onClose: () => void}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { dialog.current!.showModal(); }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="help-title" onClose={onClose}
      onClick={(event) => { if (event.target === dialog.current) dialog.current!.close(); }}>
      <div class="dialog-body">
        <div class="card-head">
          <h2 id="help-title">Keyboard</h2>
          <span class="space" />
          <button class="icon-button" aria-label="Close" onClick={() => dialog.current!.close()}><Icon name="close" /></button>
        </div>
        <dl class="key-list">
          {keys.map(([combination, what]) => (
            <div key={what}><dt>{combination.map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{what}</dd></div>
          ))}
        </dl>
        <p class="hint">On a chart: drag or Ctrl and wheel to zoom, Shift and drag to move, double-click to reset, click to hold the crosshair. With the keyboard: + − zoom, ← → read point by point, with Shift by ten, Home and End.</p>
      </div>
    </dialog>
  );
}
