// A schedule keeps its colour and its dashes by its letter.
import type {Letter} from '../../logic/lanes.ts';

export const looks: Record<Letter, {color: number; dash?: readonly number[]}> = {
  a: {color: 1},
  b: {color: 2, dash: [8, 4]},
  c: {color: 4, dash: [2, 3]},
  d: {color: 6, dash: [10, 3, 2, 3]},
};
