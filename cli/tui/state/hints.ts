import { currentVm } from './select.js';
import type { State } from './state.js';

/** The keys that make sense now, the most wanted first, and what they do. */

export type Hint = readonly [key: string, does: string];

/** Known everywhere, and never left out. */
const always: readonly Hint[] = [
  ['?', 'help'],
  ['q', 'quit'],
];
const back: readonly Hint[] = [['esc', 'back']];

export function hintsOf(state: State): readonly Hint[] {
  const { dialog, pane } = state;
  switch (dialog?.kind) {
    case 'help':
      return [['any key', 'back']];
    case 'filter':
      return [
        ['⏎', 'keep'],
        ['esc', 'show all'],
      ];
    case 'delete':
      return [
        ['y', 'delete'],
        ['n', 'keep'],
      ];
    case 'build':
      return [
        ['⏎', 'build'],
        ['esc', 'cancel'],
      ];
    case 'create':
      return [
        ['⏎', 'create'],
        ['↑↓', 'field'],
        ['←→', 'choose'],
        ['esc', 'cancel'],
      ];
  }
  if (pane.kind === 'log') return [['↑↓', 'scroll'], ['G', 'follow'], ...back];
  if (pane.kind === 'details') return [...vmHints(state), ['↑↓', 'scroll'], ...back];
  return [...listHints(state), ['/', 'filter'], ...always];
}

function listHints(state: State): readonly Hint[] {
  if (state.view === 'images') return [['b', 'build']];
  if (state.view === 'services') return [['r', 'restart']];
  return [...vmHints(state), ...(currentVm(state) ? ([['⏎', 'details']] as const) : []), ['n', 'new']];
}

function vmHints(state: State): readonly Hint[] {
  const vm = currentVm(state);
  if (vm === undefined) return [];
  const log: Hint = ['l', 'log'];
  const remove: Hint = ['d', 'delete'];
  switch (vm.state) {
    case 'running':
      return [['x', 'stop'], ['r', 'restart'], ['p', 'pause'], remove, ['e', 'shell'], ['c', 'console'], log];
    case 'paused':
      return [['p', 'resume'], ['x', 'stop'], ['r', 'restart'], remove, ['c', 'console'], log];
    case 'stopped':
    case 'failed':
      return [['s', 'start'], remove, log];
    default:
      return [['x', 'stop'], remove, ['c', 'console'], log];
  }
}

/** As many as fit; the last two stay. */
export function fitted(hints: readonly Hint[], columns: number): readonly Hint[] {
  const width = (some: readonly Hint[]) => some.reduce((sum, [key, does]) => sum + key.length + does.length + 3, 1);
  const kept = [...hints];
  while (kept.length > 2 && width(kept) > columns) kept.splice(-3, 1);
  return kept;
}
