import { emptyDraft } from './create-form.js';
import type { Effect, LifeVerb, Step } from './events.js';
import type { Key } from './keys.js';
import { lastTop, windowRows } from './layout.js';
import { emptyLog, logLines } from './log-text.js';
import { currentVm, cursorIndex, rowsIn, selected } from './select.js';
import { type Pane, type State, type View, views } from './state.js';

/** Keys while no dialog is open. */
export function pressInPane(state: State, key: Key): Step {
  if (key === '?') return only({ ...state, dialog: { kind: 'help' } });
  switch (state.pane.kind) {
    case 'list':
      return pressInList(state, key);
    case 'details':
      return pressInDetails(state, state.pane, key);
    case 'log':
      return only(pressInLog(state, state.pane, key));
  }
}

const only = (state: State): Step => ({ state, effects: [] });
const also = (state: State, ...effects: Effect[]): Step => ({ state, effects });
const list: Pane = { kind: 'list' };

/** How far a key moves in a window of `height` lines; undefined for another key. */
function movement(key: Key, height: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    'page-up': -height,
    'page-down': height,
    home: Number.NEGATIVE_INFINITY,
    g: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    G: Number.POSITIVE_INFINITY,
  };
  return moves[key];
}

const within = (value: number, last: number): number => Math.max(0, Math.min(value, last));

/** Moves the bar; also while a filter is typed. */
export function moved(state: State, key: Key): State | undefined {
  const by = movement(key, windowRows(state));
  if (by === undefined) return undefined;
  const rows = rowsIn(state, state.view);
  const index = within(cursorIndex(state, state.view) + by, rows.length - 1);
  const cursor = { name: rows[index]?.name ?? '', index };
  return { ...state, cursors: { ...state.cursors, [state.view]: cursor } };
}

function pressInList(state: State, key: Key): Step {
  const after = moved(state, key);
  if (after) return only(after);
  const view = viewOf(state, key);
  if (view) return only({ ...state, view });
  switch (key) {
    case 'q':
      return also(state, { do: 'quit' });
    case '/':
      return only({ ...state, dialog: { kind: 'filter' } });
    case 'escape':
      return only({ ...state, filter: '' });
    default:
      return pressInView(state, key);
  }
}

function viewOf(state: State, key: Key): View | undefined {
  const by = key === 'tab' ? 1 : key === 'back-tab' ? views.length - 1 : undefined;
  if (by === undefined) return views[Number(key) - 1];
  return views[(views.indexOf(state.view) + by) % views.length];
}

function pressInView(state: State, key: Key): Step {
  if (state.view === 'vms') return pressOnVm(state, key);
  if (state.view === 'images' && key === 'b') return only({ ...state, dialog: { kind: 'build', recipe: 'debian' } });
  const service = state.view === 'services' && key === 'r' ? selected(state, 'services') : undefined;
  if (service === undefined) return only(state);
  const notice = { text: `${service.name}: restarting`, tone: 'busy' } as const;
  return also({ ...state, notice }, { do: 'restart-service', service: service.name });
}

const lifeVerbs: Readonly<Record<string, LifeVerb>> = { s: 'start', x: 'stop', r: 'restart' };

function pressOnVm(state: State, key: Key): Step {
  if (key === 'n') return only({ ...state, dialog: emptyDraft() });
  const vm = currentVm(state);
  if (vm === undefined) return only(state);
  const verb = key === 'p' ? (vm.state === 'paused' ? 'resume' : 'pause') : lifeVerbs[key];
  if (verb) return also(state, { do: verb, vm: vm.name });
  switch (key) {
    case 'd':
      return only({ ...state, dialog: { kind: 'delete', vm: vm.name } });
    case 'c':
      return also(state, { do: 'console', vm: vm.name });
    case 'e':
      return also(state, { do: 'shell', vm: vm.name });
    case 'l':
      return only({
        ...state,
        pane: { kind: 'log', vm: vm.name, log: emptyLog, link: { kind: 'connecting' }, fromEnd: 0 },
      });
    case 'enter':
      return only({ ...state, pane: { kind: 'details', vm: vm.name, sections: [], top: 0 } });
    default:
      return only(state);
  }
}

const leaving = (key: Key): boolean => key === 'escape' || key === 'q' || key === 'left';

function pressInDetails(state: State, pane: Extract<Pane, { kind: 'details' }>, key: Key): Step {
  if (leaving(key)) return only({ ...state, pane: list });
  const by = movement(key, windowRows(state));
  if (by !== undefined) return only({ ...state, pane: { ...pane, top: within(pane.top + by, lastTop(state)) } });
  return key === 'enter' ? only(state) : pressOnVm(state, key);
}

function pressInLog(state: State, pane: Extract<Pane, { kind: 'log' }>, key: Key): State {
  if (leaving(key) || key === 'l') return { ...state, pane: list };
  const by = movement(key, windowRows(state));
  if (by === undefined) return state;
  const last = Math.max(0, logLines(pane.log).length - windowRows(state));
  return { ...state, pane: { ...pane, fromEnd: within(pane.fromEnd - by, last) } };
}
