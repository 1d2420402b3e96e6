// A run or a group keeps its colour by its place; a dash pattern is the second cue: the two together
// come again only after 28.
import type {Run} from '../../api/types.ts';

export const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3]];
export const SHAPES = ['circle', 'square', 'diamond', 'ring'];
export const BASELINE = {color: 8, dash: [5, 4] as readonly number[], shape: 'ring'};

export interface Look {
  color: number;
  dash: readonly number[];
  shape: string;
}

export function lookOf(index: number): Look {
  const pattern = (index + Math.floor(index / 7)) % 4;
  return {color: (index % 7) + 1, dash: DASHES[pattern]!, shape: SHAPES[pattern]!};      // 8 is the baseline's
}
export const nameOf = (runs: Map<string, Run>, id: string) => runs.get(id)?.name || id;
