// Keyboard shortcuts: pages bind keys while they are shown. Off in text fields, under a
// dialog and with Ctrl, Alt or Meta held. A binding of two keys, "g r", waits a second for its second key.
import {useLayoutEffect} from 'preact/hooks';

export type Bindings = Record<string, () => void>;

const stack: Bindings[] = [];
let prefix = '', prefixTimer = 0;

const typing = (target: EventTarget | null) =>
  target instanceof Element && target.matches('input:not([type=range], [type=checkbox]), select, textarea, [contenteditable]');

addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]')) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (typing(event.target) && event.key !== 'Escape') return;
  const pressed = prefix ? `${prefix} ${event.key}` : event.key;
  clearTimeout(prefixTimer);
  prefix = '';
  const bindings = [...stack].reverse();
  const found = bindings.find((b) => b[pressed]);
  if (found) {
    event.preventDefault();
    found[pressed]!();
  } else if (bindings.some((b) => Object.keys(b).some((key) => key.startsWith(`${pressed} `)))) {
    prefix = pressed;
    prefixTimer = window.setTimeout(() => { prefix = ''; }, 1000);
  }
});

// Bound before the page is painted: a key pressed at first sight is not lost.
export function useKeys(bindings: Bindings) {
  useLayoutEffect(() => {
    stack.push(bindings);
    return () => { stack.splice(stack.indexOf(bindings), 1); };
  });
}
