import { describe, expect, test } from '@jest/globals';
import { DnsServiceService, ListRecordsResponse, RecordType } from '../gen/banger/dnsd/v1/dns_service.js';
import { BuildImageResponse, ImageServiceService, ListImagesResponse } from '../gen/banger/imaged/v1/image_service.js';
import {
  GetStatusResponse,
  ServiceState,
  StreamServiceLogResponse,
  SupervisorServiceService,
} from '../gen/banger/supervisor/v1/supervisor_service.js';
import {
  HypervisorKind,
  ListTrashResponse,
  ListVmsResponse,
  RemainPart,
  RestartPolicy,
  type UpdateVmRequest,
  Vm,
  VmState,
} from '../gen/banger/vmm/v1/vm_service.js';
import { BangerError } from '../lib/errors.js';
import { banger, serveFake, serveVmm, web } from '../test/fakes/command-line.js';

/** Every kind of command line; what a command does in particular stands beside it. */

describe('lists', () => {
  test('deleted VMs that can come back, and what is left of others', async () => {
    const [uid, now] = ['00112233445566aa', Date.now()];
    const times = { deleteTime: new Date(now - 3_600_000), keptUntil: new Date(now + 23.5 * 3_600_000) };
    const left = { name: 'db', uid, part: RemainPart.DISK, problem: 'it is immutable' };
    await serveVmm({
      listTrash: () =>
        ListTrashResponse.fromPartial({ vms: [{ name: 'web', uid, ...times, sizeBytes: 4 << 20 }], remains: [left] }),
    });
    const { stdout } = await banger('vm trash');
    expect(stdout).toMatch(/^NAME +UID +DELETED +KEPT FOR +SIZE\nweb +00112233445566aa +1h ago +23h +4 MiB\n/);
    expect(stdout).toContain(`left of db (${uid}): its disks: it is immutable; it is tried again by itself`);
    expect(JSON.parse((await banger('vm trash --json')).stdout)).toMatchObject({
      vms: [{ name: 'web' }],
      remains: [{ part: 'REMAIN_PART_DISK' }],
    });
  });

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
    expect(requests).toEqual([{ name: 'web', nat: false, memoryMib: 1024, publish: [], unpublish: [] }]);
    expect(result.stdout).toContain('banger vm restart web');
    await banger('vm set web --restart on-failure --hypervisor any');
    expect(requests[1]).toEqual({
      name: 'web',
      restartPolicy: RestartPolicy.ON_FAILURE,
      hypervisor: HypervisorKind.UNSPECIFIED,
      publish: [],
      unpublish: [],
    });
    expect(await banger('vm set web')).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to change') });
  });

  test('a VM that stands still is shown as paused, and goes on', async () => {
    const paused = Vm.fromPartial({ ...web, status: { ...web.status, state: VmState.PAUSED } });
    await serveVmm({
      pauseVm: ({ wait }) => ({ vm: wait ? paused : web }),
      resumeVm: () => ({ vm: web }),
      getVm: () => ({ vm: paused }),
      listVms: () => ListVmsResponse.fromPartial({ vms: [paused] }),
    });
    expect(await banger('vm pause web -q')).toEqual({ code: 0, stdout: 'web is paused\n', stderr: '' });
    expect((await banger('vm list')).stdout).toMatch(/^web +paused /m);
    expect(await banger('vm ssh web')).toMatchObject({ code: 5, stderr: expect.stringContaining('vm resume web') });
    expect(await banger('vm resume web -q')).toEqual({ code: 0, stdout: 'web is running\n', stderr: '' });
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
    expect(stdout).toContain('another, stale: this CLI is source; run `banger daemon restart`');
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
      const stderr = expect.stringMatching(
        /^error: permission denied; run as root\n {2}see `banger service logs --request [0-9a-f]{8}`\n$/,
      );
      expect(await banger(line, undefined, 1000)).toEqual({ code: 5, stdout: '', stderr });
    }
  });

  describe('does not come up', () => {
    const wrong = (name: string, lastExit: string, state = ServiceState.BACKOFF) =>
      ({ name, state, lastExit, logPath: `/logs/${name}.log` }) as const;
    const well = { name: 'vmm', state: ServiceState.HEALTHY, lastExit: 'stopped on request' };

    /** Starts a daemon that runs and answers with these services, one look after the other, the last for good. */
    async function startOn(...looks: object[][]) {
      const left = [...looks];
      const getStatus = () => {
        const services = left.length > 1 ? left.shift() : left[0];
        return GetStatusResponse.fromPartial({ services: services as GetStatusResponse['services'] });
      };
      const restartService = () => ({ service: undefined });
      await serveFake('supervisor', SupervisorServiceService, { getStatus, restartService });
      const result = await banger('daemon start -q');
      return { ...result, unseen: left.length - 1 };
    }

    test('one service that failed is told in one line', async () => {
      expect(await startOn([wrong('netd', 'wrong configuration: a: b'), well])).toMatchObject({
        code: 5,
        stderr:
          'error: cannot start the daemon: netd does not come up: wrong configuration: a: b; its log is /logs/netd.log\n',
      });
    });

    test('all are waited for, and every one that failed is told in a line of its own', async () => {
      const netd = wrong('netd', 'wrong configuration: a: b');
      const unborn = { name: 'dnsd', state: ServiceState.STOPPED };
      const starting = { name: 'dnsd', state: ServiceState.STARTING };
      // The next try of a service that failed is no reason to forget it.
      const again = wrong('dnsd', 'exit code 1: no room', ServiceState.STARTING);
      expect(await startOn([netd, unborn], [netd, well, unborn], [netd, well, starting], [netd, well, again])).toEqual({
        code: 5,
        stdout: '',
        stderr: [
          'error: cannot start the daemon:',
          '  netd: wrong configuration: a: b; its log is /logs/netd.log',
          '  dnsd: exit code 1: no room; its log is /logs/dnsd.log',
          '',
        ].join('\n'),
        unseen: 0,
      });
    });

    test('what stops several services is said once', async () => {
      const { stderr } = await startOn([
        wrong('netd', 'wrong configuration: x'),
        wrong('vmm', 'wrong configuration: x'),
      ]);
      expect(stderr).toBe(
        'error: cannot start the daemon: netd, vmm do not come up: wrong configuration: x; ' +
          'their logs are /logs/netd.log, /logs/vmm.log\n',
      );
    });
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
