/** What a stand-in does that the real program does not, or that the real one leaves to its guest. */
export interface StandInSettings {
  /** What it says it is: it knows no field, word or route that is newer. */
  readonly version: string;
  /** Python 3, which makes the system calls that Node has not. */
  readonly python: string;
  /** `pretended` attaches no tap, for tests without rights: one name is busy once a machine holds it. */
  readonly taps: 'real' | 'pretended';
  readonly guest: GuestSettings;
  /**
   * File that takes a JSON line for each step, before it is served. Where its folder is missing, as in a jail, the lines
   * go to /run/trace.jsonl.
   */
  readonly trace?: string;
  readonly faults: readonly Fault[];
}

export interface GuestSettings {
  /** Milliseconds from Ctrl-Alt-Del to the reset; `never` for a guest that has no keyboard driver. */
  readonly ctrlAltDel: number | 'never';
  /** Ports of the vsock where something in the guest listens. It sends back what it is sent. */
  readonly vsockPorts: readonly number[];
  readonly hasBalloonDriver: boolean;
}

/**
 * A trouble on demand. `at` is the number of a request, counted from 1, or its method and path, such as
 * `PUT /boot-source`; or `start`, before the API socket is bound; or a step of the jailer that it is met before:
 * `jailer copy`, `jailer nodes`, `jailer exec`.
 */
export type Fault = { readonly at: number | string } & Trouble;

export type Trouble =
  /** With an exit code, or by a signal. */
  | { readonly do: 'die'; readonly by: number | NodeJS.Signals }
  /** Goes no further, and lives on, until SIGUSR2 lets it. Once. */
  | { readonly do: 'hang' }
  /** Answers 400 with this text. */
  | { readonly do: 'fault'; readonly text: string }
  | { readonly do: 'slow'; readonly ms: number };

export const defaultSettings: StandInSettings = {
  version: '1.16.1',
  python: '/usr/bin/python3',
  taps: 'real',
  guest: { ctrlAltDel: 0, vsockPorts: [], hasBalloonDriver: true },
  faults: [],
};
