// What surrounds every page: top bar, help, toasts, footer.
import type {ComponentChildren} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import {api} from '../api/client.ts';
import {dropToast, toasts, view} from '../state.ts';
import {Icon} from './icons.tsx';
import {TopBar} from './TopBar.tsx';

declare const LICENCES: string;   // the address, which the build puts in

let asked: Promise<string> | null = null;
function serverVersion(): Promise<string> {
  asked ??= api.server().then((server) => server.version, () => { asked = null; return ''; });
  return asked;
}

export function Shell({title, crumbs, footer, children}: {
  title: string; crumbs: ComponentChildren; footer?: ComponentChildren; children: ComponentChildren;
}) {
  const [help, setHelp] = useState(false);
  const [version, setVersion] = useState('');
  const {page} = view.value;
  useEffect(() => { document.title = title ? `${title} · epochd` : 'epochd'; }, [title]);
  useEffect(() => { void serverVersion().then(setVersion); }, []);
  return (
    <>
      <TopBar crumbs={crumbs} onHelp={() => setHelp(true)} />
      <main class="page" id="main">
        {children}
        <footer class="foot">
          <span>epochd {version}</span>
          {footer}
          <a href={LICENCES}>Licences</a>
          <a href="/docs">Docs</a>
          <a href="/api/v1/openapi.json">API</a>
          <span class="space" />
          <span class="foot-keys">
            <kbd>/</kbd> find
            {page === 'run' && <> <kbd>[</kbd> <kbd>]</kbd> findings</>}
            {(page === 'run' || page === 'compare') && <> <kbd>s</kbd> smoothing <kbd>l</kbd> log <kbd>0</kbd> reset zoom</>}
            {' '}<kbd>?</kbd> all keys
          </span>
        </footer>
      </main>
      {help && <Help onClose={() => setHelp(false)} />}
      <Toasts />
    </>
  );
}

function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({id, text, action}) => (
        <div class="toast" key={id}>
          <span>{text}</span>
          {action && <button class="link" onClick={() => { action.run(); dropToast(id); }}>{action.label}</button>}
          <button class="icon-button" aria-label="Close message" onClick={() => dropToast(id)}><Icon name="close" /></button>
        </div>
      ))}
    </div>
  );
}

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
  [['y'], 'copy link'],
  [['Space'], 'pause live updates'],
  [['d'], 'light or dark'],
  [['c'], 'compare the chosen runs'],
  [['b', 'v'], 'compare: difference, band'],
  [['Esc'], 'release the crosshair, clear the choice'],
];

function Help({onClose}: {onClose: () => void}) {
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
        <p class="hint">On a chart: drag to zoom, double-click to reset, click to hold the crosshair, ← → to read point by point.</p>
      </div>
    </dialog>
  );
}
