// The schedules on the page, read from the view and written back to it.
import type {Lane, Letter} from '../../logic/lanes.ts';
import {isPlan, lane, letters, NONE, PLAN, readLane, writeLane} from '../../logic/lanes.ts';
import type {View} from '../../logic/view.ts';
import {defaults} from '../../logic/view.ts';
import {change, view} from '../../state.ts';

export interface Placed {
  letter: Letter;
  lane: Lane;
}

// Where a plan keeps its numbers while it is schedule a and has no name: the short address.
const planned = {cycles: 'cycles', base_lr: 'baseLr', eta_min: 'etaMin', warmup: 'warmup'} as const;
const plain = Object.fromEntries(Object.values(planned).map((key) => [key, defaults[key]]));

function firstPlan(now: View): Lane {
  const given = Object.entries(planned).filter(([, key]) => now[key] !== defaults[key]);
  return lane(PLAN, Object.fromEntries(given.map(([name, key]) => [name, String(now[key])])));
}

export function placedIn(now: View): Placed[] {
  return letters.flatMap((letter) => {
    const found = letter === 'a' && !now.a ? firstPlan(now) : readLane(now[letter]);
    return found ? [{letter, lane: found}] : [];
  });
}

// The one that is worked on.
export function chosenOf(now: View, placed: Placed[]): Placed | undefined {
  return placed.find(({letter}) => letter === now.on) ?? placed[0];
}

// What the view says when a letter holds this; null takes it out.
export function written(letter: Letter, one: Lane | null): Partial<View> {
  if (letter !== 'a') return {[letter]: one ? writeLane(one) : ''};
  if (!one) return {...plain, a: NONE};
  if (!isPlan(one) || one.name) return {...plain, a: writeLane(one)};
  const {values} = one.parts[0]!;
  const numbers = Object.entries(planned).filter(([name]) => values[name] !== undefined).map(([name, key]) => [key, Number(values[name])]);
  return {...plain, ...Object.fromEntries(numbers), a: ''};
}

export const put = (letter: Letter, one: Lane, how: 'push' | 'replace' = 'replace') => change(written(letter, one), how);

// The focus goes on where a button it was on is gone.
export const focusSoon = (selector: string) => requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus());
const CHOSEN = '.lane.chosen .lane-name';

export function add(one: Lane) {
  const taken = placedIn(view.value).map(({letter}) => letter);
  const free = letters.find((letter) => !taken.includes(letter));
  if (!free) return;
  change({...written(free, one), on: free}, 'push');
  focusSoon(CHOSEN);
}

export function remove(letter: Letter) {
  const rest = placedIn(view.value).filter((placed) => placed.letter !== letter);
  const {on, hide} = view.value;
  change({...written(letter, null), on: on === letter || !on ? rest[0]?.letter ?? '' : on, hide: hide.filter((key) => key !== letter)}, 'push');
  focusSoon(CHOSEN);
}
