import type { ImageRow, ServiceRow, VmRow } from '../model.js';
import type { State, View } from './state.js';

/** What follows from a state. */

interface Rows {
  readonly vms: VmRow;
  readonly images: ImageRow;
  readonly services: ServiceRow;
}

/** The rows of a list that the filter lets through. */
export function rowsIn<V extends View>(state: State, view: V): readonly Rows[V][] {
  const rows = state[view].rows as readonly Rows[V][];
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = searched(row).join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function searched(row: VmRow | ImageRow | ServiceRow): string[] {
  if ('address' in row) return [row.name, row.state, row.address, row.image];
  return 'digest' in row ? [row.name, row.digest] : [row.name, row.state];
}

/** Where the bar of a list stands; -1 when the list is empty. */
export function cursorIndex(state: State, view: View): number {
  const rows = rowsIn(state, view);
  const { name, index } = state.cursors[view];
  const found = rows.findIndex((row) => row.name === name);
  return found >= 0 ? found : Math.min(index, rows.length - 1);
}

/** The row under the bar. */
export function selected<V extends View>(state: State, view: V): Rows[V] | undefined {
  return rowsIn(state, view)[cursorIndex(state, view)];
}

/** The VM that a key is for: that of the pane, or that under the bar. */
export function currentVm(state: State): VmRow | undefined {
  const { pane, vms } = state;
  if (pane.kind === 'list') return state.view === 'vms' ? selected(state, 'vms') : undefined;
  return vms.rows.find(({ name }) => name === pane.vm);
}

/** Keeps every bar on its row, and puts it on a neighbour when the row has gone. */
export function settled(state: State): State {
  const index = cursorIndex(state, state.view);
  const name = rowsIn(state, state.view)[index]?.name ?? '';
  const { [state.view]: former } = state.cursors;
  // An empty list says nothing about where the bar shall be when it fills.
  if (index < 0 || (former.name === name && former.index === index)) return state;
  return { ...state, cursors: { ...state.cursors, [state.view]: { name, index } } };
}
