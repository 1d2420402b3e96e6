// A run keeps its colour by its place in the comparison; after seven the lines are dashed.
import type {Run} from '../../api/types.ts';

export const colorOf = (index: number) => (index % 7) + 1;   // 8 is the baseline's
export const isDashed = (index: number) => Math.floor(index / 7) % 2 === 1;
export const nameOf = (runs: Map<string, Run>, id: string) => runs.get(id)?.name || id;
