import { pressInForm } from './create-form.js';
import type { Step } from './events.js';
import { edited, type Key } from './keys.js';
import { moved } from './press.js';
import type { Dialog, State } from './state.js';

/** Keys while a dialog is open. */
export function pressInDialog(state: State, dialog: Dialog, key: Key): Step {
  switch (dialog.kind) {
    case 'help':
      return closed(state);
    case 'filter':
      return { state: pressInFilter(state, key), effects: [] };
    case 'delete':
      return pressInDelete(state, dialog.vm, key);
    case 'build':
      return pressInBuild(state, dialog.recipe, key);
    case 'create':
      return pressInForm(state, dialog, key);
  }
}

const closed = (state: State): Step => ({ state: { ...state, dialog: undefined }, effects: [] });

function pressInFilter(state: State, key: Key): State {
  if (key === 'enter') return { ...state, dialog: undefined };
  if (key === 'escape') return { ...state, dialog: undefined, filter: '' };
  // Letters are text here, and the arrows still move.
  if (key.length > 1) {
    const after = moved(state, key);
    if (after) return after;
  }
  return { ...state, filter: edited(state.filter, key) };
}

/** Only "y" deletes: a key that was held too long shall not. */
function pressInDelete(state: State, name: string, key: Key): Step {
  if (key === 'n' || key === 'q' || key === 'escape') return closed(state);
  if (key !== 'y') return { state, effects: [] };
  const vm = state.vms.rows.find((row) => row.name === name);
  if (vm === undefined) return closed(state);
  const ended = vm.state === 'stopped' || vm.state === 'failed';
  const notice = { text: `${name}: deleting`, tone: 'busy' } as const;
  return {
    state: { ...state, dialog: undefined, notice },
    effects: [{ do: 'delete', vm: name, force: !ended }],
  };
}

function pressInBuild(state: State, recipe: string, key: Key): Step {
  if (key === 'escape') return closed(state);
  if (key !== 'enter') {
    return { state: { ...state, dialog: { kind: 'build', recipe: edited(recipe, key) } }, effects: [] };
  }
  if (recipe.trim() === '' || state.builds.has(recipe.trim())) return closed(state);
  return { state: { ...state, dialog: undefined }, effects: [{ do: 'build', recipe: recipe.trim() }] };
}
