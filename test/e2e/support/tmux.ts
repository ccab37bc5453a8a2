import { join } from 'node:path';
import { pollUntil } from '../../../lib/clock.js';
import { runCommand } from '../../../lib/host/command.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';

/** A terminal as a person has it: programs run in it, keys are pressed, and somebody looks at what it shows. */
export interface Terminal {
  /** Presses keys by tmux' names: "Enter", "C-c", "Down". */
  press(...keys: readonly string[]): Promise<void>;
  /** Types a text as it is, in one burst. */
  type(text: string): Promise<void>;
  /** What it shows, a line each; with `escapes` the colours too. */
  lines(escapes?: boolean): Promise<string[]>;
  /** Waits until it shows this; returns what it shows then. */
  until(pattern: RegExp): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Under emulation on a busy machine, a boot is among what is waited for. */
const timeoutMs = 300_000;

/** A shell without settings of anybody's, in a terminal of 80 by 24. */
export async function openTerminal(env: Readonly<Record<string, string>>): Promise<Terminal> {
  const folder = await tempFolder();
  const tmux = async (...words: readonly string[]) =>
    (await runCommand(['tmux', '-u', '-S', join(folder.path, 's'), '-f', '/dev/null', ...words], { env })).stdout;
  await tmux('new-session', '-d', '-x', '80', '-y', '24', 'env', 'PS1=$ ', 'sh');
  const lines = async (escapes = false) =>
    (await tmux('capture-pane', '-p', ...(escapes ? ['-e'] : []))).replace(/\n$/, '').split('\n');
  const until = async (pattern: RegExp) => {
    let shown = '';
    const found = async () => {
      shown = (await lines()).join('\n');
      return pattern.test(shown);
    };
    await pollUntil(found, { what: `the terminal shows ${pattern}`, timeoutMs, everyMs: 100 }).catch((error) => {
      throw new Error(`${error.message}; it shows\n${shown}`, { cause: error });
    });
    return shown;
  };
  return {
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    type: async (text) => void (await tmux('send-keys', '-l', text)),
    lines,
    until,
    resize: async (columns, rows) => void (await tmux('resize-window', '-x', String(columns), '-y', String(rows))),
    dispose: async () => {
      await tmux('kill-server');
      await folder.remove();
    },
  };
}
