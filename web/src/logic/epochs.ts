// The table of a run: one row per epoch (or step), the main metrics first.
import type {EpochTable, Num, Role, Run} from '../api/types.ts';
import {numberOf} from './format.ts';

export const ROWS_AT_ONCE = 2000;

// All rows of a run that counts epochs. One that counts steps can have millions: its newest.
export function tableQuery(run: Run): {from?: number} {
  const counts = (run.metrics ?? []).filter((m) => m.name !== 'epoch').map((m) => m.count);
  const rows = Math.max(0, ...counts), last = run.last_step ?? 0;
  if (rows <= 3 * ROWS_AT_ONCE) return {};
  const first = Math.min(...(run.metrics ?? []).map((m) => m.first_step));
  return {from: Math.max(0, Math.ceil(last - ((last - first) * ROWS_AT_ONCE) / rows))};
}

export interface Row {
  x: number;
  cells: Partial<Record<Role, Num>>;
  gap: number;      // validation loss minus training loss
}

// Newest first.
export function rowsOf(table: EpochTable, run: Run): Row[] {
  const roles = Object.entries(run.roles).filter(([, name]) => name !== null) as [Role, string][];
  return table.epochs.map((record) => {
    const cells: Row['cells'] = {};
    for (const [role, name] of roles) if (record[name] !== undefined) cells[role] = record[name];
    return {x: Number(record[table.x]), cells, gap: numberOf(cells.val_loss) - numberOf(cells.train_loss)};
  }).reverse();
}

// The table with live points in it: known rows are completed, new ones are put in their place.
export function mergeRows(table: EpochTable, series: {metric: string; x: number[]; value: Num[]}[]): EpochTable {
  const fresh = new Map<number, Record<string, Num>>();
  for (const {metric, x, value} of series) {
    x.forEach((at, i) => {
      const record = fresh.get(at) ?? {[table.x]: at};
      record[metric] = value[i]!;
      fresh.set(at, record);
    });
  }
  const epochs = table.epochs.map((record) => {
    const found = fresh.get(Number(record[table.x]));
    if (!found) return record;
    fresh.delete(Number(record[table.x]));
    return {...record, ...found};
  });
  const added = [...fresh.values()];
  if (!added.length) return {...table, epochs};
  const all = [...epochs, ...added].sort((a, b) => Number(a[table.x]) - Number(b[table.x]));
  return {...table, epochs: all};
}
