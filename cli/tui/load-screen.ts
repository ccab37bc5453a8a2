export type Screen = typeof import('./screen/main.js');

/** Given by bin/banger; not there when run from source, as in tests. */
declare const importBeside: ((path: string) => Promise<Screen>) | undefined;

/** Ink and React with all that draws: a bundle of its own, which no other command loads. */
export function loadScreen(): Promise<Screen> {
  return typeof importBeside === 'undefined' ? import('./screen/main.js') : importBeside('./tui/screen/main.js');
}
