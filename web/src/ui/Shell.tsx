// What surrounds every page: top bar, help, toasts, footer.
import type {ComponentChildren} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import {api} from '../api/client.ts';
import {dropToast, toasts, view} from '../state.ts';
import {Icon} from './icons.tsx';
import {Later} from './Later.tsx';
import {TopBar} from './TopBar.tsx';

declare const LICENCES: string;   // the address, which the build puts in

const loadHelp = () => import('./byhand.ts').then((m) => m.Help);

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
      {help && <Later load={loadHelp} onClose={() => setHelp(false)} />}
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
