import type { Draft, DraftMistake } from '../model.js';
import type { Step } from './events.js';
import { edited, type Key } from './keys.js';
import type { Dialog, State } from './state.js';

/** The form of a new VM. */

type Form = Extract<Dialog, { kind: 'create' }>;

export const fields = ['name', 'image', 'cpus', 'memory', 'disk', 'nat'] as const satisfies readonly (keyof Draft)[];

/** vmm's own defaults, so that a person sees what a VM gets. */
const standard: Draft = { name: '', image: 'debian', cpus: '1', memory: '512M', disk: '8G', nat: false };

export function emptyDraft(): Form {
  return { kind: 'create', draft: standard, field: 'name', mistakes: [], sent: false };
}

export function pressInForm(state: State, form: Form, key: Key): Step {
  if (key === 'escape') return { state: { ...state, dialog: undefined }, effects: [] };
  // It is under way: what it was made of does not change any more.
  if (form.sent) return { state, effects: [] };
  if (key === 'enter') {
    return {
      state: { ...state, dialog: { ...form, sent: true, mistakes: [] } },
      effects: [{ do: 'create', draft: form.draft }],
    };
  }
  const by = key === 'tab' || key === 'down' ? 1 : key === 'back-tab' || key === 'up' ? -1 : 0;
  const dialog = by === 0 ? typed(form, key, state) : { ...form, field: neighbour(form.field, by) };
  return { state: { ...state, dialog }, effects: [] };
}

function neighbour(field: keyof Draft, by: number): keyof Draft {
  const index = (fields.indexOf(field) + by + fields.length) % fields.length;
  return fields[index] ?? field;
}

function typed(form: Form, key: Key, state: State): Form {
  const { draft, field } = form;
  if (field === 'nat') {
    const turned = key === ' ' || key === 'left' || key === 'right';
    return turned ? { ...form, draft: { ...draft, nat: !draft.nat } } : form;
  }
  if (field === 'image' && (key === 'left' || key === 'right')) {
    return { ...form, draft: { ...draft, image: nextImage(state, draft.image, key === 'right' ? 1 : -1) } };
  }
  return { ...form, draft: { ...draft, [field]: edited(draft[field], key) } };
}

/** Through the images that there are. */
function nextImage(state: State, image: string, by: number): string {
  const names = state.images.rows.flatMap(({ name }) => name.split(', '));
  if (names.length === 0) return image;
  const index = names.indexOf(image);
  return names[index < 0 ? 0 : (index + by + names.length) % names.length] ?? image;
}

/** The bar goes to the new VM, whatever the filter said. */
export function createdIn(state: State, vm: string): State {
  const cursors = { ...state.cursors, vms: { name: vm, index: state.cursors.vms.index } };
  const dialog = state.dialog?.kind === 'create' ? undefined : state.dialog;
  return { ...state, cursors, dialog, filter: '' };
}

/** The form stays, with what is wrong, and the cursor at the first mistake. */
export function refusedIn(state: State, mistakes: readonly DraftMistake[]): State {
  if (state.dialog?.kind !== 'create') {
    const text = mistakes.map((mistake) => mistake.text).join('; ');
    return { ...state, notice: { text, tone: 'bad' } };
  }
  const first = fields.find((field) => mistakes.some((mistake) => mistake.field === field));
  return { ...state, dialog: { ...state.dialog, sent: false, mistakes, field: first ?? state.dialog.field } };
}
