import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { GuestProcess, ShellGuest, Shells } from '../../services/vmm/app/guest-ports.js';

export interface ShellsUnderTest {
  readonly shells: Shells;
  readonly guest: ShellGuest;
  stop(): Promise<void>;
}

const never = new AbortController().signal;
const cat = { argv: ['cat'], environment: {}, workingDirectory: '', user: '' };

/** What holds of cat(1) in any guest. */
export function shellsContract(name: string, start: () => Promise<ShellsUnderTest>): void {
  describe(`shells of ${name}`, () => {
    let under: ShellsUnderTest;
    beforeEach(async () => {
      under = await start();
    });
    afterEach(() => under.stop());
    const run = () => under.shells.start(under.guest, { command: cat }, never);

    test('a command has a process, and gives back what it is given until that ends', async () => {
      const process = await run();
      expect(process.pid).toBeGreaterThan(0);
      await process.write(Buffer.from('a'));
      await process.write(Buffer.from('b'));
      process.endInput();
      expect(await read(process)).toBe('ab');
      expect(await process.exit()).toEqual({ code: 0 });
    });

    test('two commands have nothing to do with each other', async () => {
      const [one, other] = await Promise.all([run(), run()]);
      await one.write(Buffer.from('one'));
      one.endInput();
      expect(await read(one)).toBe('one');
      await other.write(Buffer.from('other'));
      other.endInput();
      expect(await read(other)).toBe('other');
    });

    test('a signal ends it, and a second one is no failure', async () => {
      const process = await run();
      await process.signal('TERM');
      expect(await read(process)).toBe('');
      expect(await process.exit()).toEqual({ code: 143, signal: 'TERM' });
      await process.signal('TERM');
      await process.end();
    });

    test('one that is ended was hung up on', async () => {
      const process = await run();
      const reading = read(process);
      await process.end();
      expect(await reading).toBe('');
      expect(await process.exit()).toEqual({ code: 129, signal: 'HUP' });
    });
  });
}

export async function read(process: GuestProcess, wanted = 'stdout'): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const { stream, data } of process.output) if (stream === wanted) pieces.push(data);
  return Buffer.concat(pieces).toString('utf8');
}
