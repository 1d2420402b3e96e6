// State that the whole page shares: the view (which is the URL), the theme, the connection, toasts.
import {computed, effect, signal} from '@preact/signals';
import type {Connection} from './api/live.ts';
import type {View} from './logic/view.ts';
import {parseView, viewAddress} from './logic/view.ts';

export const view = signal<View>(parseView(location.pathname, location.search));

const REPLACE_QUIET_MS = 150;
let replaceTimer = 0;

// Shows another view. Pages and zooms are steps in the history; sliders and toggles replace the
// entry they are on, a moment later so that dragging does not flood it.
export function show(next: View, how: 'push' | 'replace' = 'push') {
  view.value = next;
  clearTimeout(replaceTimer);
  const address = viewAddress(next);
  if (address === location.pathname + location.search) return;
  if (how === 'push') history.pushState(null, '', address);
  else replaceTimer = window.setTimeout(() => history.replaceState(null, '', address), REPLACE_QUIET_MS);
}
export const change = (fields: Partial<View>, how: 'push' | 'replace' = 'replace') =>
  show({...view.value, ...fields}, how);

addEventListener('popstate', () => {
  clearTimeout(replaceTimer);
  view.value = parseView(location.pathname, location.search);
});

// Links inside the page change the view without loading it again.
addEventListener('click', (event) => {
  const link = (event.target as Element).closest?.('a');
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (/^\/(api|assets)\//.test(link.pathname) || (link.hash && link.pathname === location.pathname)) return;
  event.preventDefault();
  const other = link.pathname !== location.pathname;
  show(parseView(link.pathname, link.search));
  if (link.hash) history.replaceState(null, '', location.pathname + location.search + link.hash);
  if (other) scrollTo(0, 0);
});

// --- theme ---

const STORED_THEME = 'epochd-theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const chosen = signal<string | null>(stored());
const systemTheme = signal(systemDark.matches ? 'dark' : 'light');
systemDark.addEventListener('change', () => { systemTheme.value = systemDark.matches ? 'dark' : 'light'; });
export const theme = computed(() => chosen.value ?? systemTheme.value);

function stored(): string | null {
  try {
    const value = localStorage.getItem(STORED_THEME);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;   // storage is switched off
  }
}

export function switchTheme() {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  chosen.value = next === systemTheme.value ? null : next;
  try {
    if (chosen.value) localStorage.setItem(STORED_THEME, chosen.value);
    else localStorage.removeItem(STORED_THEME);
  } catch { /* it holds until the page closes */ }
}
effect(() => { document.documentElement.dataset.theme = theme.value; });

// --- the live stream, as the top bar tells it ---

export const connection = signal<Connection | null>(null);    // null: this page needs none
export const lastData = signal<number | null>(null);    // Date.now() of the newest event
export const paused = signal(false);
export const held = signal(0);                          // events that wait while paused

export function leaveStream() {
  connection.value = lastData.value = null;
  held.value = 0;
}

export const now = signal(Date.now());
setInterval(() => { if (!document.hidden) now.value = Date.now(); }, 1000);

// --- toasts ---

export interface Toast {
  id: number;
  text: string;
  action?: {label: string; run: () => void};
}
export const toasts = signal<Toast[]>([]);
let toastCount = 0;

export function toast(text: string, action?: Toast['action']) {
  const id = ++toastCount;
  toasts.value = [...toasts.value.slice(-2), {id, text, action}];
  setTimeout(() => dropToast(id), action ? 10_000 : 4000);
}
export const dropToast = (id: number) => { toasts.value = toasts.value.filter((t) => t.id !== id); };

// Copies text; over plain http on a LAN there is no clipboard object, so a selection must do.
export async function copy(text: string, done: string) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'sr';
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  toast(done);
}
