import { describe, expect, test } from '@jest/globals';
import {
  type CreateVmRequest,
  HypervisorKind,
  RestartPolicy,
  Vm,
  VmState,
  WatchVmsResponse,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../../lib/clock.js';
import { BangerError, invalidRequest } from '../../../lib/errors.js';
import type { CallContext } from '../../../lib/rpc/contract.js';
import { aborted, banger, serveVmm, type Terminal, watching, web } from '../../../test/fakes/command-line.js';

describe('vm create', () => {
  test('waits, shows the steps, and says how to log in', async () => {
    const requests: CreateVmRequest[] = [];
    const starting = Vm.fromPartial({ name: 'web', status: { state: VmState.STARTING, step: 'launch' } });
    let shown: (() => void) | undefined;
    const watched = new Promise<void>((resolve) => {
      shown = resolve;
    });
    await serveVmm({
      async *watchVms(_request, { signal }: CallContext) {
        yield WatchVmsResponse.fromPartial({ event: { $case: 'upserted', value: starting } });
        shown?.();
        await aborted(signal);
      },
      async createVm(request) {
        requests.push(request);
        await watched;
        return { vm: web };
      },
    });
    const result = await banger('vm create --name web --memory 1.5G --cpus 2 --nat --init light');
    expect(result).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('web is running at 10.77.0.10, as web.vm'),
    });
    expect(result.stderr).toMatch(/web: creating \(/);
    expect(requests).toMatchObject([
      { name: 'web', wait: true, noStart: false, spec: { memoryMib: 1536, cpuCount: 2 } },
    ]);
    expect(requests[0]?.requestId).not.toBe('');
  });

  test('the hypervisor and the restart policy are asked for', async () => {
    const requests: CreateVmRequest[] = [];
    await serveVmm({
      createVm: (request) => {
        requests.push(request);
        return { vm: web };
      },
    });
    expect((await banger('vm create web --hypervisor firecracker --restart always')).code).toBe(0);
    expect((await banger('vm create web')).code).toBe(0);
    expect(requests.map(({ spec }) => [spec?.hypervisor, spec?.restartPolicy])).toEqual([
      [HypervisorKind.FIRECRACKER, RestartPolicy.ALWAYS],
      [HypervisorKind.UNSPECIFIED, RestartPolicy.UNSPECIFIED],
    ]);
    const wrong = await banger('vm create web --hypervisor xen --restart sometimes');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('must be any or firecracker or qemu') });
    expect(wrong.stderr).toContain('--restart: must be never or on-failure or always');
  });

  test('aliases are words with commas between them', async () => {
    const requests: CreateVmRequest[] = [];
    await serveVmm({
      createVm: (request) => {
        requests.push(request);
        return { vm: web };
      },
    });
    for (const line of [' --alias db,cache', ' --alias db --alias cache', ' --alias none', '']) {
      expect((await banger(`vm create web${line}`)).code).toBe(0);
    }
    expect(requests.map(({ spec }) => spec?.aliases)).toEqual([['db', 'cache'], ['db', 'cache'], [], []]);
  });

  test('the mistakes that the service finds have a line each', async () => {
    await serveVmm({
      createVm: () => {
        throw invalidRequest('create vm Web', [
          { field: 'name', description: 'must be a DNS label' },
          { field: 'spec.cpu_count', description: 'must be 1 to 64, is 99' },
        ]);
      },
    });
    expect(await banger('vm create --name Web --quiet')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: cannot create vm Web:\n  name: must be a DNS label\n  --cpus: must be 1 to 64, is 99\n',
    });
  });

  test('mistakes in values and those that the service finds are told at once, each option once; nothing is created', async () => {
    const requests: CreateVmRequest[] = [];
    await serveVmm({
      createVm: (request) => {
        requests.push(request);
        throw invalidRequest('create vm We_b', [
          { field: 'name', description: 'must be a DNS label' },
          { field: 'spec.cpu_count', description: 'must be 1 to 64, is 0' },
          { field: 'spec.memory_mib', description: 'must be 64 to 1048576 MiB, is 1' },
        ]);
      },
    });
    expect(await banger('vm create --name We_b --cpus 0 --memory 1 --init upstart')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: the command line has mistakes; see `banger vm create --help`\n' +
        '  --cpus: must be at least 1, is 0\n' +
        '  --init: must be system or light, is "upstart"\n' +
        '  name: must be a DNS label\n' +
        '  --memory: must be 64 to 1048576 MiB, is 1\n',
    });
    expect(requests).toMatchObject([{ name: 'We_b', validateOnly: true, wait: false, spec: { memoryMib: 1 } }]);
  });

  test('mistakes in values are told without a daemon, and whatever else the service has to say', async () => {
    const alone = {
      code: 2,
      stdout: '',
      stderr: 'error: --cpus: must be at least 1, is 0; see `banger vm create --help`\n',
    };
    expect(await banger('vm create web --cpus 0')).toEqual(alone);
    await serveVmm({
      createVm: () => {
        throw new BangerError('exists', 'VM_EXISTS', 'there is one already');
      },
    });
    expect(await banger('vm create web --cpus 0')).toEqual(alone);
  });

  test('a name that is missing has one line', async () => {
    expect((await banger('vm create --cpus 0')).stderr).toContain('\n  --name: must be given\n');
    expect((await banger('vm create --cpus 0 --name')).stderr).toMatch(/^(?!.*must be given).*--name: needs a value/s);
  });

  test('a VM that stays as failed is told of, with how to look at it and remove it', async () => {
    const why = { reason: 'BOOT_TIMEOUT', message: 'cannot start vm web: its guest did not answer' };
    const failed = Vm.fromPartial({ name: 'web', status: { state: VmState.FAILED, lastError: why } });
    let reason = why.reason;
    await serveVmm({
      createVm: () => {
        throw new BangerError('unavailable', reason, why.message);
      },
      getVm: () => ({ vm: failed }),
    });
    const result = await banger('vm create web -q');
    expect(result).toMatchObject({ code: 8, stdout: '' });
    expect(result.stderr).toContain(
      'error: cannot start vm web: its guest did not answer\n' +
        'vm web stays as failed: look at it with `banger vm show web`, or remove it with `banger vm delete web`\n',
    );
    expect(result.stderr).toMatch(/\n {2}see `banger service logs --request \w{8}`\n$/);
    reason = 'ANOTHER';
    expect((await banger('vm create web -q')).stderr).not.toContain('stays as failed');
  });

  test('Ctrl-C ends the waiting, not the VM, and says so', async () => {
    let asked: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    await serveVmm({
      async createVm(_request, { signal }) {
        asked?.();
        await aborted(signal);
        throw signal.reason;
      },
    });
    const result = await banger('vm create web', ({ interrupt }) => void waiting.then(interrupt));
    expect(result).toMatchObject({ code: 130, stdout: '' });
    expect(result.stderr).toMatch(/^stopped: .*banger vm/m);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  test('a second Ctrl-C ends at once', async () => {
    let asked: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    await serveVmm({
      async createVm(_request, { signal }) {
        asked?.();
        await aborted(signal);
        throw signal.reason;
      },
    });
    let terminal: Terminal | undefined;
    await banger('vm create web', (given) => {
      terminal = given;
      void waiting.then(() => [given.interrupt(), given.interrupt()]);
    });
    expect(terminal?.exits).toEqual([130]);
  });

  test('goes on when vmm is restarted under it, with the same request id', async () => {
    const ids: string[] = [];
    let terminal: Terminal | undefined;
    const followed = () =>
      pollUntil(() => terminal?.stderr().includes('web: running'), { what: 'it follows', timeoutMs: 20_000 });
    await serveVmm({
      watchVms: watching(web),
      async createVm({ requestId }) {
        ids.push(requestId);
        // Only one who has seen vmm at work can tell a restart from a daemon that is down.
        await followed();
        if (ids.length === 1) throw new BangerError('unavailable', 'SHUTTING_DOWN', 'vmm is stopping');
        return { vm: web };
      },
    });
    const result = await banger('vm create web', (given) => {
      terminal = given;
    });
    expect(result.code).toBe(0);
    expect(ids).toEqual([ids[0], ids[0]]);
  });
});
