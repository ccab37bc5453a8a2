import type { VmRow } from '../model.js';
import { createdIn, refusedIn } from './create-form.js';
import { pressInDialog } from './dialogs.js';
import type { Effect, Event, Step } from './events.js';
import type { Key } from './keys.js';
import { lastTop } from './layout.js';
import { addToLog, emptyLog, type LogText, lineCount, logLines } from './log-text.js';
import { pressInPane } from './press.js';
import { settled } from './select.js';
import type { Link, State } from './state.js';

/** What comes of something that happens. Pure: the time is in the state, and what is to be done is told. */
export function step(state: State, event: Event): Step {
  if (event.kind === 'keys') return pressAll(state, event.keys);
  return { state: inBounds(settled(told(state, event))), effects: [] };
}

function pressAll(state: State, keys: readonly Key[]): Step {
  const effects: Effect[] = [];
  let current = state;
  for (const key of keys) {
    const pressed = press(current, key);
    current = inBounds(settled(pressed.state));
    effects.push(...pressed.effects);
  }
  return { state: current, effects };
}

function press(before: State, key: Key): Step {
  // What was told has been seen.
  const state = { ...before, notice: undefined };
  if (key === 'interrupt') return { state, effects: [{ do: 'quit' }] };
  return state.dialog ? pressInDialog(state, state.dialog, key) : pressInPane(state, key);
}

/** After a resize, or when the text has become shorter. */
function inBounds(state: State): State {
  const { pane } = state;
  if (pane.kind !== 'details' || pane.top <= lastTop(state)) return state;
  return { ...state, pane: { ...pane, top: lastTop(state) } };
}

const up: Link = { kind: 'up' };

function told(state: State, event: Exclude<Event, { kind: 'keys' }>): State {
  switch (event.kind) {
    case 'size':
      return { ...state, columns: event.columns, rows: event.rows };
    case 'tick':
      return { ...state, now: event.now };
    case 'vms':
      return withoutGonePane({ ...state, vms: { link: up, rows: event.rows.toSorted(byName) } });
    case 'vm':
      return { ...state, vms: { ...state.vms, rows: upserted(state.vms.rows, event.row) } };
    case 'vm-gone':
      return withoutGonePane({
        ...state,
        vms: { ...state.vms, rows: state.vms.rows.filter(({ name }) => name !== event.name) },
      });
    case 'images':
      return { ...state, images: { link: up, rows: event.rows } };
    case 'services':
      return { ...state, services: { link: up, rows: event.rows } };
    case 'lost':
      return lost(state, event.list, event.why);
    case 'notice':
      return { ...state, notice: event.notice };
    case 'created':
      return createdIn({ ...state, vms: { ...state.vms, rows: upserted(state.vms.rows, event.row) } }, event.row.name);
    case 'refused':
      return refusedIn(state, event.mistakes);
    default:
      return toldOfOne(state, event);
  }
}

function toldOfOne(state: State, event: Extract<Event, { kind: 'explained' | 'log' | 'build' }>): State {
  const { pane } = state;
  switch (event.kind) {
    case 'explained':
      if (pane.kind !== 'details' || pane.vm !== event.vm) return state;
      return { ...state, pane: { ...pane, sections: event.sections } };
    case 'log':
      if (pane.kind !== 'log' || pane.vm !== event.vm) return state;
      return { ...state, pane: { ...pane, ...addedTo(pane, event), link: up } };
    case 'build': {
      const builds = new Map(state.builds);
      if (event.progress === undefined) builds.delete(event.recipe);
      else builds.set(event.recipe, event.progress);
      return { ...state, builds };
    }
  }
}

/** Who has scrolled back goes on reading the same lines. */
function addedTo(
  { log, fromEnd }: { log: LogText; fromEnd: number },
  { text, fresh }: { text: string; fresh: boolean },
) {
  if (fresh) return { log: addToLog(emptyLog, text), fromEnd: 0 };
  const longer = addToLog(log, text);
  const further = fromEnd === 0 ? 0 : Math.min(fromEnd + lineCount(longer) - lineCount(log), logLines(longer).length);
  return { log: longer, fromEnd: further };
}

/** What was seen stays; the time is that of the first failure. */
function lost(state: State, list: Extract<Event, { kind: 'lost' }>['list'], why: string): State {
  const since = (link: Link) => (link.kind === 'lost' ? link.since : state.now);
  if (list !== 'log') {
    return { ...state, [list]: { ...state[list], link: { kind: 'lost', since: since(state[list].link), why } } };
  }
  const { pane } = state;
  if (pane.kind !== 'log') return state;
  return { ...state, pane: { ...pane, link: { kind: 'lost', since: since(pane.link), why } } };
}

/** What is told of a VM goes with it. */
function withoutGonePane(state: State): State {
  const { pane } = state;
  if (pane.kind === 'list' || state.vms.rows.some(({ name }) => name === pane.vm)) return state;
  return { ...state, pane: { kind: 'list' } };
}

function byName(one: VmRow, other: VmRow): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

function upserted(rows: readonly VmRow[], row: VmRow): readonly VmRow[] {
  const index = rows.findIndex(({ name }) => name >= row.name);
  if (index < 0) return [...rows, row];
  return rows.toSpliced(index, rows[index]?.name === row.name ? 1 : 0, row);
}
