import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DnsServiceService, ListRecordsResponse, RecordType } from '../gen/banger/dnsd/v1/dns_service.js';
import { BuildImageResponse, ImageServiceService, ListImagesResponse } from '../gen/banger/imaged/v1/image_service.js';
import {
  GetStatusResponse,
  ServiceState,
  StreamServiceLogResponse,
  SupervisorServiceService,
} from '../gen/banger/supervisor/v1/supervisor_service.js';
import {
  type CreateVmRequest,
  ListVmsResponse,
  type UpdateVmRequest,
  Vm,
  VmServiceService,
  VmState,
  WatchVmsResponse,
} from '../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../lib/clock.js';
import { BangerError, invalidRequest } from '../lib/errors.js';
import { silentLog } from '../lib/log.js';
import type { CallContext, Handlers, ServiceContract } from '../lib/rpc/contract.js';
import { bind, type RunningServer, serve } from '../lib/rpc/server.js';
import { tempFolder } from '../lib/testing/temp-folder.js';
import { run } from './run.js';

/** Whole command lines against services that answer from a script, over real sockets. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
const servers: RunningServer[] = [];

beforeEach(async () => {
  folder = await tempFolder();
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(200);
  await folder.remove();
});

async function serveFake<S extends ServiceContract>(name: string, contract: S, handlers: Partial<Handlers<S>>) {
  const bindings = [bind(contract, handlers as Handlers<S>)];
  servers.push(await serve({ service: name, socketPath: join(folder.path, `${name}.sock`), bindings, log: silentLog }));
}

type VmHandlers = Handlers<typeof VmServiceService>;

const web = Vm.fromPartial({
  name: 'web',
  uid: '0123456789abcdef',
  spec: { cpuCount: 2, memoryMib: 1536, image: 'debian', nat: true },
  status: { state: VmState.RUNNING, ipv4Address: '10.77.0.10' },
  createTime: new Date(Date.now() - 200_000),
});

/** Sends these VMs as the snapshot of every watch, and then waits. */
const watching = (...vms: Vm[]): VmHandlers['watchVms'] =>
  async function* (_request, { signal }) {
    for (const value of vms) yield WatchVmsResponse.fromPartial({ event: { $case: 'upserted', value } });
    yield WatchVmsResponse.fromPartial({ event: { $case: 'synced', value: {} } });
    await aborted(signal);
  };

const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', resolve));

const serveVmm = (handlers: Partial<VmHandlers>) =>
  serveFake('vmm', VmServiceService, { watchVms: watching(), ...handlers });

interface Terminal {
  readonly interrupt: () => void;
  readonly exits: number[];
  readonly stderr: () => string;
}

/** Runs a command line; `during` gets the terminal, to press Ctrl-C. */
async function banger(line: string, during?: (terminal: Terminal) => void, uid = 0) {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exits: number[] = [];
  const callbacks = new Set<(signal: NodeJS.Signals) => void>();
  const interrupt = () => callbacks.forEach((callback) => void callback('SIGINT'));
  const running = run(line.split(' '), {
    stdout: { write: (text) => stdout.push(String(text)) },
    stderr: { write: (text) => stderr.push(String(text)) },
    env: { BANGER_RUN_DIR: folder.path, BANGER_STATE_DIR: folder.path },
    uid,
    onInterrupt(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    exit: (code) => exits.push(code),
  });
  during?.({ interrupt, exits, stderr: () => stderr.join('') });
  return { code: await running, stdout: stdout.join(''), stderr: stderr.join('') };
}

describe('lists', () => {
  test('a table for people, an array for programs', async () => {
    await serveVmm({ listVms: () => ListVmsResponse.fromPartial({ vms: [web] }) });
    expect(await banger('vm list')).toEqual({
      code: 0,
      stdout:
        'NAME  STATE    ADDRESS     CPUS   MEMORY  NAT  IMAGE   AGE\n' +
        'web   running  10.77.0.10     2  1.5 GiB  on   debian  3m\n',
      stderr: '',
    });
    const { stdout } = await banger('vm list --json');
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'web', spec: { cpuCount: 2, nat: true }, status: { state: 'VM_STATE_RUNNING', tap: '', pid: 0 } },
    ]);
  });

  test('all pages are read', async () => {
    const pages: Record<string, object> = {
      '': { vms: [{ name: 'a' }], nextPageToken: 'n' },
      n: { vms: [{ name: 'b' }] },
    };
    await serveVmm({ listVms: ({ pageToken }) => ListVmsResponse.fromPartial(pages[pageToken] ?? {}) });
    expect(JSON.parse((await banger('vm list --json')).stdout)).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  });

  test('nothing there is said, and is an empty array', async () => {
    await serveFake('imaged', ImageServiceService, { listImages: () => ListImagesResponse.fromPartial({}) });
    expect((await banger('image list')).stdout).toContain('banger image build debian');
    expect(JSON.parse((await banger('image list --json')).stdout)).toEqual([]);
  });

  test('records look as in a zone file', async () => {
    const record = { name: 'web.vm.', ttlSeconds: 5, type: RecordType.A, data: '10.77.0.10' };
    await serveFake('dnsd', DnsServiceService, {
      listRecords: () => ListRecordsResponse.fromPartial({ records: [record] }),
    });
    expect((await banger('dns records')).stdout).toBe('NAME     TTL  TYPE  DATA\nweb.vm.    5  A     10.77.0.10\n');
  });
});

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
    expect(await banger('vm create web -q')).toEqual({
      code: 8,
      stdout: '',
      stderr:
        'error: cannot start vm web: its guest did not answer\n' +
        'vm web stays as failed: look at it with `banger vm show web`, or remove it with `banger vm delete web`\n',
    });
    reason = 'ANOTHER';
    expect((await banger('vm create web -q')).stderr).toBe('error: cannot start vm web: its guest did not answer\n');
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

describe('verbs', () => {
  test('several VMs, some of which fail: the others are done, each failure has its line', async () => {
    const started: string[] = [];
    await serveVmm({
      async startVm({ name }) {
        if (name !== 'web') throw new BangerError('not-found', 'VM_NOT_FOUND', `no vm is named ${name}`);
        started.push(name);
        return { vm: web };
      },
    });
    const result = await banger('vm start a web b -q');
    expect(result).toEqual({
      code: 3,
      stdout: 'web is running\n',
      stderr: 'error: no vm is named a\nerror: no vm is named b\n',
    });
    expect(started).toEqual(['web']);
    expect(await banger('vm start web -q')).toMatchObject({ code: 0, stdout: 'web is running\n' });
  });

  test('set sends only what was given', async () => {
    const requests: UpdateVmRequest[] = [];
    await serveVmm({
      async updateVm(request) {
        requests.push(request);
        return { vm: { ...web, status: web.status && { ...web.status, pendingRestart: true } } };
      },
    });
    const result = await banger('vm set web --nat off --memory 1G');
    expect(requests).toEqual([
      { name: 'web', nat: false, memoryMib: 1024, cpuCount: undefined, workDiskMib: undefined },
    ]);
    expect(result.stdout).toContain('banger vm restart web');
    expect(await banger('vm set web')).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to change') });
  });

  test('ssh into a VM that does not run says how to start it', async () => {
    const stopped = Vm.fromPartial({ name: 'web', status: { state: VmState.STOPPED } });
    await serveVmm({ getVm: () => ({ vm: stopped }), listVms: () => ListVmsResponse.fromPartial({ vms: [stopped] }) });
    for (const line of ['vm ssh web', 'vm ssh', 'vm ssh web -- ls']) {
      expect(await banger(line)).toMatchObject({ code: 5, stderr: expect.stringContaining('banger vm start web') });
    }
  });
});

describe('builds', () => {
  test('each step is shown, the result is the last message', async () => {
    const image = { name: 'debian', digest: 'sha256:1', diskUsageBytes: 300 * 1024 * 1024 };
    await serveFake('imaged', ImageServiceService, {
      async *buildImage() {
        const value = { step: 'install', stepNumber: 2, stepCount: 5, detail: 'systemd' };
        yield BuildImageResponse.fromPartial({ event: { $case: 'progress', value } });
        yield BuildImageResponse.fromPartial({ event: { $case: 'image', value: image } });
      },
    });
    const result = await banger('image build');
    expect(result.stderr).toContain('image debian: 2/5 install: systemd');
    expect(result).toMatchObject({ code: 0, stdout: 'image debian is ready: 300 MiB on disk, sha256:1\n' });
  });
});

describe('the daemon', () => {
  const status = GetStatusResponse.fromPartial({
    buildId: 'another',
    pid: process.pid,
    dnsListener: '127.0.0.1:42069',
    services: [{ name: 'netd', state: ServiceState.BACKOFF, restartCount: 3, lastExit: 'exit code 1: no\nroom' }],
  });

  test('its status names a build that is not ours, and why a service ended', async () => {
    await serveFake('supervisor', SupervisorServiceService, { getStatus: () => status });
    const { stdout } = await banger('daemon status');
    expect(stdout).toContain('another; this CLI is source: stop and start the daemon');
    expect(stdout).toMatch(/^netd +backoff +- +- +3 {2}exit code 1: no room$/m);
    expect(JSON.parse((await banger('daemon status --json')).stdout)).toMatchObject({ running: true, stale: true });
  });

  test('that none runs is an answer of its own', async () => {
    expect(await banger('daemon status')).toMatchObject({ code: 0, stdout: expect.stringContaining('is not running') });
    expect(JSON.parse((await banger('daemon status --json')).stdout)).toMatchObject({ running: false });
    expect(await banger('daemon stop')).toMatchObject({ code: 0, stdout: 'the daemon is not running\n' });
  });

  test('one that may not be reached is no answer: neither that it runs nor that it does not', async () => {
    await serveFake('supervisor', SupervisorServiceService, {
      getStatus: () => {
        throw new BangerError('wrong-state', 'SERVICE_DENIED', 'permission denied; run as root');
      },
    });
    for (const line of ['daemon status', 'daemon stop', 'daemon start']) {
      const stderr = 'error: permission denied; run as root\n';
      expect(await banger(line, undefined, 1000)).toEqual({ code: 5, stdout: '', stderr });
    }
  });

  test('needs root to start', async () => {
    const result = await banger('daemon start', undefined, 1000);
    expect(result).toMatchObject({ code: 5, stderr: expect.stringContaining('sudo banger daemon start') });
  });

  test('logs are readable for people, and as they are for programs', async () => {
    const line = `${JSON.stringify({ level: 30, time: 't', msg: 'listening', pid: 1 })}\n`;
    await serveFake('supervisor', SupervisorServiceService, {
      async *streamServiceLog() {
        yield StreamServiceLogResponse.fromPartial({ data: Buffer.from(line) });
      },
    });
    expect((await banger('service logs vmm')).stdout).toBe('t info  listening\n');
    expect((await banger('service logs vmm --json')).stdout).toBe(line);
  });
});

describe('errors', () => {
  test('without a daemon every command says how to start it; others than root are told of sudo', async () => {
    expect(await banger('vm list')).toMatchObject({ code: 8, stderr: expect.stringContaining('banger daemon start') });
    expect((await banger('vm list', undefined, 1000)).stderr).toContain('sudo');
  });

  test('for programs an error is JSON on standard error, also for a bad command line', async () => {
    const failed = await banger('vm list --json');
    expect(failed.stdout).toBe('');
    expect(JSON.parse(failed.stderr)).toMatchObject({ error: { kind: 'unavailable', reason: 'SERVICE_UNREACHABLE' } });
    const misspelt = await banger('vm lst --json');
    expect(misspelt.code).toBe(2);
    expect(JSON.parse(misspelt.stderr)).toMatchObject({ error: { kind: 'invalid', reason: 'USAGE' } });
  });
});

test('help is on standard output, at every level', async () => {
  for (const line of ['--help', 'vm --help', 'vm create --help']) {
    expect(await banger(line)).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: banger'), stderr: '' });
  }
});
