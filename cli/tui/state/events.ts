import type { Draft, DraftMistake, ImageRow, Section, ServiceRow, VmRow } from '../model.js';
import type { Key } from './keys.js';
import type { Notice, State } from './state.js';

/** What can happen. */
export type Event =
  | { readonly kind: 'keys'; readonly keys: readonly Key[] }
  | { readonly kind: 'size'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'tick'; readonly now: number }
  /** A snapshot of all VMs: what is not in it is gone. */
  | { readonly kind: 'vms'; readonly rows: readonly VmRow[] }
  | { readonly kind: 'vm'; readonly row: VmRow }
  | { readonly kind: 'vm-gone'; readonly name: string }
  | { readonly kind: 'images'; readonly rows: readonly ImageRow[] }
  | { readonly kind: 'services'; readonly rows: readonly ServiceRow[] }
  /** The service of a list does not answer. */
  | { readonly kind: 'lost'; readonly list: 'vms' | 'images' | 'services' | 'log'; readonly why: string }
  | { readonly kind: 'explained'; readonly vm: string; readonly sections: readonly Section[] }
  /** `fresh` when the log begins anew, with what is kept of it. */
  | { readonly kind: 'log'; readonly vm: string; readonly text: string; readonly fresh: boolean }
  /** How a build is; undefined at its end. */
  | { readonly kind: 'build'; readonly recipe: string; readonly progress: string | undefined }
  | { readonly kind: 'created'; readonly row: VmRow }
  | { readonly kind: 'refused'; readonly mistakes: readonly DraftMistake[] }
  | { readonly kind: 'notice'; readonly notice: Notice };

export type LifeVerb = 'start' | 'stop' | 'restart' | 'pause' | 'resume';

/** What is to be done in the world. */
export type Effect =
  | { readonly do: LifeVerb; readonly vm: string }
  /** `force` when it runs. */
  | { readonly do: 'delete'; readonly vm: string; readonly force: boolean }
  | { readonly do: 'create'; readonly draft: Draft }
  | { readonly do: 'build'; readonly recipe: string }
  | { readonly do: 'restart-service'; readonly service: string }
  /** The terminal goes to the VM until the person leaves it. */
  | { readonly do: 'console'; readonly vm: string }
  | { readonly do: 'shell'; readonly vm: string }
  | { readonly do: 'quit' };

/** What is to be followed while a state lasts; each tells of itself in events. */
export type Topic =
  | { readonly topic: 'vms' | 'images' | 'services' }
  | { readonly topic: 'log'; readonly vm: string }
  /** Anew at each of the VM's changes. */
  | { readonly topic: 'explain'; readonly vm: string; readonly revision: number };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}
