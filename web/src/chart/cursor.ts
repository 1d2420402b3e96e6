// The crosshair is one for all charts: where it is, in x of the axis shown, and who moved it.
import {signal} from '@preact/signals';

export interface Cursor {
  x: number;
  y: number | null;     // the pointer's height over that chart, in pixels
  chart: string;
}
export const hover = signal<Cursor | null>(null);

// The chart whose data is shown as a table; '' for none.
export const dataOf = signal('');
