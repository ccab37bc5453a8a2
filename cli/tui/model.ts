/**
 * What the screen shows, in words and numbers that are ready to be drawn: the data side makes them of the contract's
 * messages, so that neither the state nor the screen knows that there is a wire.
 */

/** How something is, for its colour. */
export type Tone = 'good' | 'bad' | 'busy' | 'quiet' | 'plain';

export interface VmRow {
  readonly name: string;
  readonly uid: string;
  /** The state in one word. */
  readonly state: string;
  /** The state with the step that it has reached. */
  readonly doing: string;
  readonly tone: Tone;
  /** Empty until it has one. */
  readonly address: string;
  readonly cpus: number;
  readonly memory: string;
  readonly nat: boolean;
  readonly image: string;
  /** In milliseconds since 1970; undefined when it is not known. */
  readonly created: number | undefined;
  /** Tells one change of it from the next. */
  readonly revision: number;
  /** Why it is as it is, as one sentence; empty when there is nothing to say. */
  readonly reason: string;
}

export interface ImageRow {
  /** All its names; a digest when it has none. */
  readonly name: string;
  readonly digest: string;
  readonly size: string;
  readonly onDisk: string;
  readonly vms: number;
  readonly created: number | undefined;
}

export interface ServiceRow {
  readonly name: string;
  readonly state: string;
  readonly tone: Tone;
  /** 0 when no process runs. */
  readonly pid: number;
  readonly started: number | undefined;
  readonly restarts: number;
  readonly lastExit: string;
}

/** A titled part of what is told of a VM. */
export interface Section {
  readonly title: string;
  readonly lines: readonly SectionLine[];
}

export interface SectionLine {
  /** Stands before the text, in a column of its own; empty for none. */
  readonly label: string;
  readonly text: string;
  readonly tone: Tone;
}

/** What a VM is made of, as a person has typed it. */
export interface Draft {
  readonly name: string;
  readonly image: string;
  readonly cpus: string;
  readonly memory: string;
  readonly disk: string;
  readonly nat: boolean;
}

/** A mistake in a draft. */
export interface DraftMistake {
  /** The field, or empty for the whole. */
  readonly field: keyof Draft | '';
  readonly text: string;
}
