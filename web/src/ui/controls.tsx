// Small controls without state of their own.
import type {ComponentChildren} from 'preact';
import {copy} from '../state.ts';
import {duration} from '../logic/format.ts';
import {Icon} from './icons.tsx';

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: {value: T; label: string}[];
  onChange: (value: T) => void;
}

export function Segmented<T extends string>({label, value, options, onChange}: SegmentedProps<T>) {
  return (
    <div class="group" role="group" aria-label={label}>
      <span aria-hidden="true">{label}</span>
      <div class="segmented">
        {options.map((option) => (
          <button key={option.value} aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
            {option.label}
          </button>
        ))}
      </div>
    </div>
  );
}

export function Check({label, checked, onChange}: {label: string; checked: boolean; onChange: (on: boolean) => void}) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

// Code with a button that copies it.
export function Code({text, label}: {text: string; label: string}) {
  return (
    <div class="code">
      <button class="button small" onClick={() => void copy(text, `${label} copied`)}><Icon name="copy" />Copy</button>
      <pre tabIndex={0} role="region" aria-label={label}><code>{text}</code></pre>
    </div>
  );
}

export function Stat({label, children, note, tone = ''}: {
  label: string; children: ComponentChildren; note?: ComponentChildren; tone?: '' | 'up' | 'down';
}) {
  return (
    <div class="stat">
      <span>{label}</span>
      <b>{children}</b>
      {note !== undefined && <small class={tone}>{note}</small>}
    </div>
  );
}

export const seconds = (from: number, to: number) => duration((to - from) / 1000);
