import { describe, expect, test } from '@jest/globals';
import { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import {
  GetStatusResponse,
  Service,
  ServiceState,
  SupervisorServiceService,
} from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { type CreateVmRequest, Verdict, Vm, VmState, WatchVmsResponse } from '../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../lib/clock.js';
import { BangerError } from '../../lib/errors.js';
import { aborted, banger, serveFake, serveVmm, type Terminal, watching, web } from '../../test/fakes/command-line.js';

/** The whole screen against services that answer from a script: what it follows, what it asks for, and the terminal. */

/** The lines that a terminal shows after all that was written to it. */
function shownBy(written: string): string {
  const lines: string[] = [];
  const page = written.slice(written.lastIndexOf('\x1b[2J'));
  for (const piece of page.split('\x1b[').slice(1)) {
    const [, row, text] = /^(?:(\d+);1H|2K([\s\S]*))/.exec(piece) ?? [];
    if (row !== undefined) lines.length = Math.max(lines.length, Number(row));
    if (row !== undefined) at = Number(row) - 1;
    else if (text !== undefined) lines[at] = text;
  }
  return lines.join('\n');
}
let at = 0;

interface Sitting {
  press(text: string): void;
  until(pattern: RegExp): Promise<string>;
  readonly terminal: Terminal;
}

/** Sits at the screen, and leaves it by q. */
async function sit(during: (sitting: Sitting) => Promise<void>) {
  let sat: Promise<void> = Promise.resolve();
  const result = await banger('tui', (terminal) => {
    terminal.stdin.isTTY = true;
    terminal.output.isTTY = true;
    const until = (pattern: RegExp) =>
      pollUntil(
        () => {
          const shown = shownBy(terminal.stdout());
          return pattern.test(shown) && shown;
        },
        { what: `the screen shows ${pattern}`, timeoutMs: 60_000, everyMs: 10 },
      );
    const press = (text: string) => void terminal.stdin.write(text);
    sat = during({ press, until, terminal }).finally(() => press('\x03'));
  });
  await sat;
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result;
}

describe('where it cannot be', () => {
  test.each([
    ['tui', undefined, /must be a terminal/],
    ['tui --json', undefined, /--json is for programs/],
  ] as const)('%s', async (line, _none, reason) => {
    expect(await banger(line)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(reason) });
  });
});

test('the list is that of the watch, and nothing is asked for again', async () => {
  let watches = 0;
  let send: (vm: Vm) => void = () => undefined;
  await serveVmm({
    async *watchVms(_request, { signal }) {
      watches++;
      yield WatchVmsResponse.fromPartial({ event: { $case: 'upserted', value: web } });
      yield WatchVmsResponse.fromPartial({ event: { $case: 'synced', value: {} } });
      const next = await new Promise<Vm | undefined>((resolve) => {
        send = resolve;
        signal.addEventListener('abort', () => resolve(undefined));
      });
      if (next) yield WatchVmsResponse.fromPartial({ event: { $case: 'upserted', value: next } });
      await aborted(signal);
    },
  });
  const { stdout } = await sit(async ({ until }) => {
    await until(/^❯ web +running +10\.77\.0\.10 +2 +1\.5 GiB +on +debian +3m$/m);
    send(Vm.fromPartial({ ...web, status: { state: VmState.FAILED, lastError: { message: 'no kernel' } } }));
    await until(/^❯ web +failed [\s\S]*web: no kernel/m);
  });
  expect(watches).toBe(1);
  expect(stdout.startsWith('\x1b[?1049h\x1b[?25l')).toBe(true);
  expect(stdout.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
});

test('every verb by one key, and what fails is told', async () => {
  const calls: string[] = [];
  const called = (verb: string) => (request: { name: string; wait: boolean }) => {
    calls.push(`${verb} ${request.name} ${request.wait}`);
    return { vm: web };
  };
  await serveVmm({
    watchVms: watching(web),
    stopVm: called('stop'),
    restartVm: called('restart'),
    pauseVm: called('pause'),
    startVm() {
      throw new BangerError('wrong-state', 'HOST_NOT_READY', 'cannot start: no kvm');
    },
    deleteVm(request) {
      calls.push(`delete ${request.name} ${request.force} ${request.purge}`);
      return { keptUntil: new Date(Date.now() + 23.5 * 3_600_000), remains: [] };
    },
  });
  await sit(async ({ press, until }) => {
    await until(/^❯ web/m);
    press('xrp');
    press('s');
    await until(/cannot start: no kvm/);
    press('dy');
    await until(/web is deleted; `banger vm restore web` brings it back, for 23h/);
  });
  expect(calls.sort()).toEqual(['delete web true false', 'pause web false', 'restart web false', 'stop web false']);
});

test('the form makes what was typed, and tells the mistakes of both sides', async () => {
  const requests: CreateVmRequest[] = [];
  await serveFake('imaged', ImageServiceService, { listImages: () => ({ images: [] }) });
  await serveVmm({
    createVm(request) {
      requests.push(request);
      const fields = [{ field: 'name', description: 'must be a DNS label' }];
      if (request.validateOnly) throw new BangerError('invalid', 'INVALID_ARGUMENT', 'cannot create', { fields });
      return { vm: Vm.fromPartial({ ...web, name: request.name }) };
    },
  });
  await sit(async ({ press, until }) => {
    await until(/no VMs/);
    press('nWEB\t\tx\r');
    const shown = await until(/Processors: must be a whole number, is "1x"/);
    expect(shown).toContain('Name: must be a DNS label');
    press('\x15new\t\t\x152\t\x152G\t\t \r');
    await until(/^❯ new +running/m);
  });
  expect(requests.map(({ validateOnly }) => validateOnly)).toEqual([true, false]);
  expect(requests[1]).toMatchObject({ name: 'new', spec: { cpuCount: 2, memoryMib: 2048, diskMib: 8192, nat: true } });
});

test('details are asked for again when the VM changes, and say why, by what, and what next', async () => {
  const asked: string[] = [];
  await serveVmm({
    watchVms: watching(web),
    explainVm({ name }) {
      asked.push(name);
      const evidence = [{ subject: 'process', verdict: Verdict.BAD, detail: 'is gone' }];
      return { vm: web, meaning: 'it failed', nextStep: 'start it', evidence, effects: [], events: [], console: [] };
    },
  });
  await sit(async ({ press, until }) => {
    await until(/^❯ web/m);
    press('\r');
    await until(/Why\n +It failed\.\n +Next: start it\n\n Evidence\n +process {2}is gone[\s\S]*Processors +2/);
  });
  expect(asked).toEqual(['web']);
});

test('a log is followed while it is looked at', async () => {
  let over = false;
  await serveVmm({
    watchVms: watching(web),
    async *streamConsoleLog({ follow }, { signal }) {
      yield { data: Buffer.from(`hello ${follow}\r\nlog`) };
      yield { data: Buffer.from('in: ') };
      await aborted(signal);
      over = true;
    },
  });
  await sit(async ({ press, until }) => {
    await until(/^❯ web/m);
    press('l');
    await until(/^ hello true\n login:$/m);
    press('\x1b');
    await until(/^❯ web/m);
    await pollUntil(() => over, { what: 'the stream is ended', timeoutMs: 60_000 });
  });
});

test('services are looked at while they are shown, and restarted', async () => {
  const restarted: string[] = [];
  const vmm = Service.fromPartial({ name: 'vmm', state: ServiceState.HEALTHY, pid: 42 });
  await serveVmm({});
  await serveFake('supervisor', SupervisorServiceService, {
    getStatus: () => GetStatusResponse.fromPartial({ services: [vmm] }),
    restartService({ name }) {
      restarted.push(name);
      return { service: { ...vmm, pid: 43 } };
    },
  });
  await sit(async ({ press, until }) => {
    await until(/no VMs/);
    press('3');
    await until(/^❯ vmm +healthy +42/m);
    press('r');
    await until(/vmm is healthy, pid 43/);
  });
  expect(restarted).toEqual(['vmm']);
});

test('a service that is away is waited for', async () => {
  await sit(async ({ until }) => {
    await until(/away for \d+s, trying again[\s\S]*Nothing has been seen yet[\s\S]*cannot|no/);
    await serveVmm({ watchVms: watching(web) });
    await until(/live[\s\S]*^❯ web +running/m);
  });
});

test('a resize draws it anew', async () => {
  await serveVmm({ watchVms: watching(web) });
  await sit(async ({ until, terminal: { output } }) => {
    await until(/^❯ web/m);
    output.resize(60, 12);
    const shown = await until(/^❯ web/m);
    expect(shown.split('\n')).toHaveLength(12);
  });
});
