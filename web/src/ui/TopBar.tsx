// The bar on top of every page: where one is, the search, the live stream, pause, theme, help.
import type {ComponentChildren} from 'preact';
import {useRef} from 'preact/hooks';
import type {Connection} from '../api/live.ts';
import {duration} from '../logic/format.ts';
import {moveTo, viewAddress} from '../logic/view.ts';
import {change, connection, held, lastData, now, paused, show, switchTheme, theme, view} from '../state.ts';
import {useKeys} from '../keys.ts';
import {Brand, Icon} from './icons.tsx';

export function TopBar({crumbs, onHelp}: {crumbs: ComponentChildren; onHelp: () => void}) {
  const search = useRef<HTMLInputElement>(null);
  const {page, q} = view.value;
  useKeys({
    '/': () => search.current?.focus(),
    '?': onHelp,
    d: switchTheme,
    ' ': togglePause,
    'g r': () => show(moveTo(view.value, 'runs')),
    'g p': () => show(moveTo(view.value, 'plan')),
  });
  const find = (text: string) => {
    if (page === 'runs') change({q: text});
    else show(moveTo(view.value, 'runs', {q: text}));
  };
  const dark = theme.value === 'dark';
  return (
    <header class="top">
      <a class="skip" href="#main">Skip to content</a>
      <a class="brand" href="/runs"><Brand /><span>epochd</span></a>
      <nav class="crumbs" aria-label="Breadcrumb">{crumbs}</nav>
      <span class="space" />
      <a class="top-link" href={viewAddress(moveTo(view.value, 'plan'))} aria-current={page === 'plan' ? 'page' : undefined}>Planner</a>
      <form class="find" role="search" onSubmit={(event) => { event.preventDefault(); find(search.current!.value); }}>
        <Icon name="search" />
        <input ref={search} type="search" value={page === 'runs' ? q : ''} placeholder="Find a run, project, tag"
          aria-label="Find a run, project or tag"
          onInput={(event) => { if (page === 'runs') find(event.currentTarget.value); }}
          onKeyDown={(event) => { if (event.key === 'Escape') event.currentTarget.blur(); }} />
        <kbd>/</kbd>
      </form>
      {/* Its room is kept while the page finds out. */}
      {(connection.value || page === 'run' || page === 'runs') && <Live link={connection.value ?? {state: 'connecting'}} />}
      <button class="icon-button" onClick={switchTheme} aria-label={dark ? 'Use the light theme' : 'Use the dark theme'} title="Theme (d)">
        <Icon name={dark ? 'sun' : 'moon'} />
      </button>
      <button class="icon-button" onClick={onHelp} aria-label="Keyboard shortcuts" title="Shortcuts (?)"><Icon name="help" /></button>
    </header>
  );
}

function togglePause() {
  paused.value = !paused.value;
}

// The state is announced; the seconds that pass are not.
function Live({link}: {link: Connection}) {
  const {tone, state, detail} = liveState(link);
  return (
    <>
      <span class={`live ${tone}`}>
        <i class="dot" aria-hidden="true" />
        <span role="status">{state}</span>
        {detail && <span class="live-detail">{detail}</span>}
      </span>
      <button class="icon-button" aria-pressed={paused.value} onClick={togglePause}
        aria-label={paused.value ? 'Resume live updates' : 'Pause live updates'} title="Pause (space)">
        <Icon name={paused.value ? 'play' : 'pause'} />
      </button>
    </>
  );
}

function liveState(link: Connection): {tone: string; state: string; detail: string} {
  const since = lastData.value;
  if (link.state === 'waiting') {
    return {tone: 'off', state: 'Offline', detail: `· retrying in ${Math.max(1, Math.ceil((link.until - now.value) / 1000))} s`};
  }
  if (paused.value) return {tone: 'held', state: 'Paused', detail: held.value ? `· ${held.value} new` : ''};
  if (link.state === 'connecting') return {tone: 'held', state: 'Connecting', detail: ''};
  if (since === null) return {tone: 'on', state: 'Live', detail: ''};
  return {tone: 'on', state: 'Live', detail: `· ${duration(Math.max(0, (now.value - since) / 1000))} ago`};
}
