import { describe, expect, test } from '@jest/globals';
import { AttachConsoleResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../../lib/clock.js';
import { BangerError } from '../../../lib/errors.js';
import { banger, serveVmm, type Terminal } from '../../../test/fakes/command-line.js';

const says = (text: string) => AttachConsoleResponse.fromPartial({ data: Buffer.from(text) });

/** A console whose guest echoes in capitals; what it was asked for, and whether its caller half-closed. */
async function serveConsole() {
  const seen = { names: [] as string[], tails: [] as number[], typed: '', ended: false };
  await serveVmm({
    async *attachConsole(requests) {
      yield says('');
      for await (const { name, data, tailBytes } of requests) {
        if (seen.names.push(name) === 1) seen.tails.push(tailBytes);
        const text = Buffer.from(data).toString();
        seen.typed += text;
        if (text === 'poweroff\r') return;
        if (text !== '') yield says(text.toUpperCase());
      }
      seen.ended = true;
    },
  });
  return seen;
}

const until = (what: string, probe: () => boolean) => pollUntil(probe, { what, timeoutMs: 60_000, everyMs: 10 });

/** Sits down at a terminal; `at` is called when the console is attached. The terminal must be given back. */
async function sit(line: string, at: (terminal: Terminal) => Promise<void> | void) {
  const raw: boolean[][] = [];
  const sat: Promise<void>[] = [];
  const result = await banger(line, (terminal) => {
    terminal.stdin.isTTY = true;
    raw.push(terminal.stdin.raw);
    sat.push(until('the terminal is raw', () => terminal.stdin.raw.length > 0).then(() => at(terminal)));
  });
  await Promise.all(sat);
  expect(raw).toEqual([[true, false]]);
  return result;
}

describe('at a terminal', () => {
  test('every key goes to the VM, its answers come back, and Ctrl-] leaves', async () => {
    const seen = await serveConsole();
    const result = await sit('vm console web', async ({ stdin, stdout }) => {
      stdin.write('ls\x03');
      await until('the guest answers', () => stdout().includes('LS\x03'));
      stdin.write('\x1d and what is typed after it');
    });
    expect(result).toEqual({
      code: 0,
      stdout: 'LS\x03',
      stderr: '\nThis is the console of web; leave it with Ctrl-].\n\nThe console was left.\n',
    });
    expect(seen).toMatchObject({ typed: 'ls\x03', tails: [0] });
    expect(new Set(seen.names)).toEqual(new Set(['web']));
  });

  test('a console that reads nothing can be left', async () => {
    await serveVmm({
      async *attachConsole(_requests, { signal }) {
        yield says('frozen');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    const result = await sit('vm console web', ({ stdin }) => void stdin.write('\x1d'));
    expect(result).toMatchObject({ code: 0, stdout: 'frozen' });
  });

  test('the end of the VM ends it', async () => {
    await serveConsole();
    const result = await sit('vm console web', ({ stdin }) => void stdin.write('poweroff\r'));
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('the VM has stopped') });
  });

  test('SIGTERM ends it', async () => {
    await serveConsole();
    const result = await sit('vm console web', ({ interrupt }) => interrupt());
    expect(result).toMatchObject({ code: 130, stderr: expect.stringContaining('stopped: interrupted') });
  });

  test('a failure ends it', async () => {
    const failure = new BangerError('unavailable', 'HYPERVISOR_UNRESPONSIVE', 'it does not read');
    await serveVmm({
      async *attachConsole(requests) {
        yield says('');
        let count = 0;
        for await (const _request of requests) if (++count === 2) throw failure;
      },
    });
    const result = await sit('vm console web', ({ stdin }) => void stdin.write('x'));
    expect(result).toMatchObject({ code: 8, stderr: expect.stringContaining('it does not read') });
  });
});

describe('from a pipe', () => {
  test('all of it is typed as it is, and what the VM answers is waited for', async () => {
    const seen = await serveConsole();
    const result = await banger('vm console web --tail 100', ({ stdin }) => {
      stdin.end('one \x1d two');
    });
    expect(result).toEqual({ code: 0, stdout: 'ONE \x1d TWO', stderr: '' });
    expect(seen).toMatchObject({ typed: 'one \x1d two', tails: [100], ended: true });
  });

  test('it is left no sooner than a second after the last answer', async () => {
    let silentMs = 0;
    await serveVmm({
      async *attachConsole(requests) {
        yield says('slow');
        const said = performance.now();
        for await (const _request of requests);
        silentMs = performance.now() - said;
      },
    });
    expect(await banger('vm console web', ({ stdin }) => void stdin.end())).toMatchObject({ code: 0, stdout: 'slow' });
    // Timers may be a little early.
    expect(silentMs).toBeGreaterThan(950);
  });

  test('programs get objects, and no character in halves', async () => {
    await serveVmm({
      async *attachConsole(requests) {
        const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
        yield AttachConsoleResponse.fromPartial({ data: first });
        yield AttachConsoleResponse.fromPartial({ data: second });
        for await (const _request of requests);
      },
    });
    const { stdout } = await banger('vm console web --json', ({ stdin }) => void stdin.end());
    expect(stdout).toBe('{"data":""}\n{"data":"ü"}\n');
  });
});

test('a console that cannot be had is told on a terminal that was not touched', async () => {
  await serveVmm({
    // biome-ignore lint/correctness/useYield: it fails before it has anything to say.
    async *attachConsole() {
      throw new BangerError('wrong-state', 'VM_WRONG_STATE', 'cannot attach: it is stopped');
    },
  });
  let terminal: Terminal | undefined;
  const result = await banger('vm console web', (given) => {
    terminal = given;
    given.stdin.isTTY = true;
  });
  expect(result).toMatchObject({ code: 5, stdout: '' });
  expect(result.stderr).toMatch(
    /^error: cannot attach: it is stopped\n {2}see `banger service logs --request \w{8}`\n$/,
  );
  expect(terminal?.stdin.raw).toEqual([]);
});
