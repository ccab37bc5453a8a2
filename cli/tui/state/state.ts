import type { Draft, DraftMistake, ImageRow, Section, ServiceRow, Tone, VmRow } from '../model.js';
import type { LogText } from './log-text.js';

/** All that is known and shown. It changes in `step` alone. */

export const views = ['vms', 'images', 'services'] as const;
export type View = (typeof views)[number];

/** Whether a list is what its service says now. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'up' }
  /** What was seen stays. */
  | { readonly kind: 'lost'; readonly since: number; readonly why: string };

export interface Listing<T> {
  readonly link: Link;
  readonly rows: readonly T[];
}

/** What stands in the place of the list. */
export type Pane =
  | { readonly kind: 'list' }
  | { readonly kind: 'details'; readonly vm: string; readonly sections: readonly Section[]; readonly top: number }
  /** `fromEnd`: how many lines are below the window; 0 follows what comes. */
  | { readonly kind: 'log'; readonly vm: string; readonly log: LogText; readonly link: Link; readonly fromEnd: number };

/** What takes the keys before everything else. */
export type Dialog =
  | { readonly kind: 'filter' }
  | { readonly kind: 'help' }
  | { readonly kind: 'delete'; readonly vm: string }
  | { readonly kind: 'build'; readonly recipe: string }
  | {
      readonly kind: 'create';
      readonly draft: Draft;
      readonly field: keyof Draft;
      readonly mistakes: readonly DraftMistake[];
      /** Whether it is asked for already. */
      readonly sent: boolean;
    };

export interface Notice {
  readonly text: string;
  readonly tone: Tone;
}

/** Where the bar stands: on a name, and at a place that it keeps when the name goes. */
export interface Cursor {
  readonly name: string;
  readonly index: number;
}

export interface State {
  readonly columns: number;
  readonly rows: number;
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly view: View;
  readonly vms: Listing<VmRow>;
  readonly images: Listing<ImageRow>;
  readonly services: Listing<ServiceRow>;
  readonly cursors: Readonly<Record<View, Cursor>>;
  readonly filter: string;
  readonly pane: Pane;
  readonly dialog: Dialog | undefined;
  readonly notice: Notice | undefined;
  /** What is under way in images, by the recipe: how far it is. */
  readonly builds: ReadonlyMap<string, string>;
}

const nothing: Listing<never> = { link: { kind: 'connecting' }, rows: [] };
const start: Cursor = { name: '', index: 0 };

export function initialState(size: { columns: number; rows: number }, now: number): State {
  return {
    ...size,
    now,
    view: 'vms',
    vms: nothing,
    images: nothing,
    services: nothing,
    cursors: { vms: start, images: start, services: start },
    filter: '',
    pane: { kind: 'list' },
    dialog: undefined,
    notice: undefined,
    builds: new Map(),
  };
}
