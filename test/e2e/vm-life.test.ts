import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { type CommandResult, runCommand } from '../../lib/host/command.js';
import { identify } from '../../lib/host/process.js';
import { type Counter, startCounter } from './support/counter.js';
import { hostNetwork } from './support/host.js';
import { createInternet, hostAddress, hostAddress6, type Internet } from './support/internet.js';
import { createWorld, type World } from './support/world.js';

/**
 * The story that banger exists for, with real guests: a name that resolves, ssh, networks apart or open as told,
 * services that come and go under live connections, and a host that is left as it was found. One daemon and two guests
 * serve all of it, so the tests build on each other.
 */

interface VmJson {
  name: string;
  uid: string;
  spec: { cpuCount: number; memoryMib: number; nat: boolean };
  status: {
    state: string;
    ipv4Address: string;
    pid: number;
    tap: string;
    pendingRestart?: boolean;
    hypervisorReason: string;
  };
}

interface ServiceJson {
  name: string;
  state: string;
  pid: number;
  restartCount: number;
}

let world: World;
let internet: Internet;
let before: Record<string, string>;
let counter: Counter | undefined;

beforeAll(async () => {
  before = await hostNetwork();
  world = await createWorld();
  internet = await createInternet();
});

afterAll(async () => {
  counter?.stop();
  await world?.dispose();
  await internet?.dispose();
});

const show = (name: string) => world.json<VmJson>('vm', 'show', name);
const dig = async (...args: string[]) =>
  (await runCommand(['dig', '@127.0.0.1', '-p', '42069', '+tries=2', '+time=10', ...args])).stdout;
const fetchInVm = (vm: string, url = internet.url): Promise<CommandResult> =>
  world.attempt('vm', 'ssh', vm, '--', 'curl', '--globoff', '--silent', '--max-time', '5', `'${url}'`);

const dbPort = 47_222;
/** What an ssh server says first; empty when none is reached. */
const banner = async (host: string, port: number) =>
  (await runCommand(['curl', '--silent', '--max-time', '5', `telnet://${host}:${port}`], { okExitCodes: [0, 7, 28] }))
    .stdout;

describe('the daemon', () => {
  test('starts its four services, healthy', async () => {
    await world.banger('daemon', 'start');
    const services = await world.json<ServiceJson[]>('service', 'list');
    expect(services.map((s) => s.name)).toEqual(['netd', 'imaged', 'vmm', 'dnsd']);
    expect(services.map((s) => s.state)).toEqual(Array(4).fill('SERVICE_STATE_HEALTHY'));
  });

  test('starts only once', async () => {
    const pids = (await world.json<ServiceJson[]>('service', 'list')).map((s) => s.pid);
    await world.banger('daemon', 'start');
    expect((await world.json<ServiceJson[]>('service', 'list')).map((s) => s.pid)).toEqual(pids);
  });
});

describe('a VM', () => {
  test('is created with one command and answers', async () => {
    await world.banger('vm', 'create', '--name', 'web', '--memory', '256M');
    const vm = await show('web');
    expect(vm.status.state).toBe('VM_STATE_RUNNING');
    expect(vm.status.ipv4Address).toMatch(/^10\.77\.0\.\d+$/);
    expect(vm.status.hypervisorReason).not.toBe('');
    expect(identify(vm.status.pid)).toBeDefined();
  });

  test('cannot be created twice', async () => {
    const again = await world.attempt('vm', 'create', '--name', 'web');
    expect(again.exitCode).toBe(4);
    expect(again.stderr).toContain('web');
  });

  test('runs commands over ssh without a prompt and passes their exit codes on', async () => {
    expect(await world.inVm('web', 'hostname')).toBe('web');
    expect((await world.attempt('vm', 'ssh', 'web', '--', 'exit', '7')).exitCode).toBe(7);
  });

  test('has a name over UDP and TCP, with names under it, and a reverse name', async () => {
    const { ipv4Address } = (await show('web')).status;
    expect((await dig('+short', 'web.vm', 'A')).trim()).toBe(ipv4Address);
    expect((await dig('+short', '+tcp', 'web.vm', 'A')).trim()).toBe(ipv4Address);
    expect((await dig('+short', 'api.web.vm', 'A')).trim()).toBe(ipv4Address);
    expect((await dig('+short', '-x', ipv4Address)).trim()).toBe('web.vm.');
    expect(await dig('web.vm', 'A')).toMatch(/flags: qr aa/);
  });

  test('names that are not there are denied with authority, and others are refused', async () => {
    expect(await dig('nobody.vm', 'A')).toMatch(/status: NXDOMAIN[\s\S]*SOA/);
    expect(await dig('web.vm', 'MX')).toMatch(/status: NOERROR[\s\S]*ANSWER: 0[\s\S]*SOA/);
    expect(await dig('example.com', 'A')).toContain('status: REFUSED');
  });

  test('is reached by plain ssh at the address its name resolves to', async () => {
    const address = (await dig('+short', 'web.vm', 'A')).trim();
    const key = `${world.stateDir}/vmm/ssh/id_ed25519`;
    const options = ['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
    const { stdout } = await runCommand(['ssh', '-i', key, ...options, `root@${address}`, 'hostname']);
    expect(stdout.trim()).toBe('web');
  });
});

describe('the network of a VM', () => {
  test('it has an IPv6 address too, whose name leads both ways, and over which it answers', async () => {
    const { status } = await world.json<{ status: { ipv6Address: string } }>('vm', 'show', 'web');
    expect(status.ipv6Address).toMatch(/^fd[0-9a-f]{2}:/);
    expect((await dig('+short', 'web.vm', 'AAAA')).trim()).toBe(status.ipv6Address);
    expect((await dig('+short', '-x', status.ipv6Address)).trim()).toBe('web.vm.');
    await runCommand(['ping', '-n', '-c', '1', '-W', '10', status.ipv6Address]);
    // The first line that an ssh server sends: RFC 4253 section 4.2.
    const { stdout } = await runCommand(['bash', '-c', `exec 3<>/dev/tcp/${status.ipv6Address}/22; head -n 1 <&3`]);
    expect(stdout).toMatch(/^SSH-2\.0-/);
  });

  test('without NAT the internet is out of reach', async () => {
    expect((await fetchInVm('web')).exitCode).not.toBe(0);
  });

  test('with NAT the internet answers, and sees the host’s address', async () => {
    await world.banger('vm', 'set', 'web', '--nat', 'on');
    const answer = await fetchInVm('web');
    expect(answer.stdout).toContain(`you are ${hostAddress}`);
    expect((await fetchInVm('web', internet.url6)).stdout).toBe(`you are ${hostAddress6}`);
  });

  test('and without it again, no more', async () => {
    await world.banger('vm', 'set', 'web', '--nat', 'off');
    expect((await fetchInVm('web')).exitCode).not.toBe(0);
  });

  test('two VMs know each other’s names but are apart', async () => {
    const published = ['--publish', `${dbPort}:22`];
    await world.banger('vm', 'create', 'db', '--init', 'light', '--memory', '256M', '--work-disk', '64M', ...published);
    const { ipv4Address } = (await show('db')).status;
    expect(await world.inVm('web', 'getent', 'ahostsv4', 'db.vm')).toContain(ipv4Address);
    const ping = await world.attempt('vm', 'ssh', 'web', '--', 'busybox', 'ping', '-c', '2', '-W', '2', ipv4Address);
    expect(ping.exitCode).not.toBe(0);
    const ssh = await world.attempt('vm', 'ssh', 'web', '--', 'busybox', 'nc', '-w', '3', ipv4Address, '22');
    expect(ssh.stdout).not.toContain('SSH');
  });

  test('a port is published on create, and of a VM that runs, until it is taken back', async () => {
    for (const host of ['127.0.0.1', hostAddress]) expect(await banner(host, dbPort)).toMatch(/^SSH-2.0/);
    const webPort = dbPort + 1;
    const taken = await world.attempt('vm', 'publish', 'web', `${dbPort}:22`);
    expect(taken).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('is taken by vm db') });
    await world.banger('vm', 'publish', 'web', `127.0.0.1:${webPort}:22`);
    expect(await banner('127.0.0.1', webPort)).toMatch(/^SSH-2.0/);
    expect((await world.banger('vm', 'show', 'web')).stdout).toContain(`127.0.0.1:${webPort}:22`);
    await world.banger('vm', 'unpublish', 'web', `127.0.0.1:${webPort}`);
    expect(await banner('127.0.0.1', webPort)).toBe('');
  });

  test('a VM reaches another that allows it, for as long as it does', async () => {
    const { ipv4Address } = (await show('db')).status;
    const greet = ['vm', 'ssh', 'web', '--', 'busybox', 'nc', '-w', '3', ipv4Address, '22'];
    await world.banger('vm', 'set', 'db', '--allow-from', 'web');
    expect((await world.attempt(...greet)).stdout).toContain('SSH-2.0');
    await world.banger('vm', 'set', 'db', '--allow-from', 'none');
    expect((await world.attempt(...greet)).stdout).toBe('');
  });

  test('a guest reaches nothing of the host but its resolver', async () => {
    const dns = await world.attempt('vm', 'ssh', 'web', '--', 'busybox', 'nslookup', 'web.vm', '10.77.0.1');
    expect(dns.stdout).toContain((await show('web')).status.ipv4Address);
    const service = createServer((connection) => connection.end('reached'));
    await once(service.listen(0, '0.0.0.0'), 'listening');
    const { port } = service.address() as AddressInfo;
    const nc = await world.attempt('vm', 'ssh', 'web', '--', 'busybox', 'nc', '-w', '3', '10.77.0.1', String(port));
    service.close();
    expect(nc.stdout).toBe('');
  });
});

describe('services come and go', () => {
  test('while an ssh session counts', async () => {
    counter = startCounter(world, 'web');
    await counter.advances();
  });

  test.each(['netd', 'dnsd', 'vmm', 'imaged'])('%s restarts and the session goes on', async (name) => {
    const pid = (await show('web')).status.pid;
    await world.banger('service', 'restart', name);
    await counter?.advances();
    expect((await show('web')).status).toMatchObject({ state: 'VM_STATE_RUNNING', pid });
  });

  test('names resolve after the restarts', async () => {
    const { ipv4Address } = (await show('web')).status;
    const resolves = async () => (await dig('+short', 'web.vm', 'A')).trim() === ipv4Address;
    await pollUntil(resolves, { what: 'web.vm resolves again', timeoutMs: 60_000 });
  });

  test('a killed service comes back', async () => {
    const find = async () => (await world.json<ServiceJson[]>('service', 'list')).find((s) => s.name === 'vmm');
    const killed = await find();
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    const isBack = async () => {
      const now = await find();
      return now?.pid !== killed?.pid && now?.state === 'SERVICE_STATE_HEALTHY';
    };
    await pollUntil(isBack, { what: 'vmm is back', timeoutMs: 60_000 });
    await counter?.advances();
    expect((await show('web')).status.state).toBe('VM_STATE_RUNNING');
  });

  test('the whole daemon stops and starts, and the session goes on', async () => {
    const { pid } = (await show('web')).status;
    await world.banger('daemon', 'stop');
    await counter?.advances();
    expect((await world.attempt('vm', 'list')).exitCode).toBe(8);
    await world.banger('daemon', 'start');
    await counter?.advances();
    expect((await show('web')).status).toMatchObject({ state: 'VM_STATE_RUNNING', pid });
    counter?.stop();
  });
});

describe('the life of a VM', () => {
  test('a work disk is mounted and grows while the VM runs', async () => {
    const kib = async () => Number((await world.inVm('db', 'df', '-k', '--output=size', '/work')).split('\n').pop());
    const small = await kib();
    await world.banger('vm', 'set', 'db', '--work-disk', '256M');
    const grown = async () => (await kib()) > small * 3;
    await pollUntil(grown, { what: 'the work disk has grown', timeoutMs: 60_000, everyMs: 500 });
    const shrink = await world.attempt('vm', 'set', 'db', '--work-disk', '64M');
    expect(shrink.exitCode).toBe(2);
  });

  test('processors and memory change at the next start, and files and the address stay', async () => {
    const { ipv4Address } = (await show('db')).status;
    await world.inVm('db', 'sh', '-c', '"echo kept > /root/file; echo kept > /work/file; sync"');
    await world.banger('vm', 'set', 'db', '--cpus', '2', '--memory', '320M');
    expect((await show('db')).status.pendingRestart).toBe(true);
    await world.banger('vm', 'restart', 'db');
    expect(await world.inVm('db', 'nproc')).toBe('2');
    expect(await world.inVm('db', 'cat', '/root/file', '/work/file')).toBe('kept\nkept');
    const after = await show('db');
    expect(after.status.ipv4Address).toBe(ipv4Address);
    expect(after.status.pendingRestart ?? false).toBe(false);
  });

  test('poweroff in the guest means stopped, and start brings it back', async () => {
    await world.attempt('vm', 'ssh', 'db', '--', 'poweroff');
    const stopped = async () => (await show('db')).status.state === 'VM_STATE_STOPPED';
    await pollUntil(stopped, { what: 'db is stopped', timeoutMs: 120_000 });
    await world.banger('vm', 'start', 'db');
    expect(await world.inVm('db', 'cat', '/root/file')).toBe('kept');
  });

  test('kill is at once, stop is graceful, and both can be repeated', async () => {
    await world.banger('vm', 'kill', 'db');
    await world.banger('vm', 'kill', 'db');
    expect((await show('db')).status.state).toBe('VM_STATE_STOPPED');
    await world.banger('vm', 'stop', 'web');
    await world.banger('vm', 'stop', 'web');
    expect((await show('web')).status.state).toBe('VM_STATE_STOPPED');
  });

  test('the console log is there', async () => {
    expect((await world.banger('vm', 'logs', 'web')).stdout).toContain('banger: starting /sbin/init');
  });

  test('an image in use cannot be deleted', async () => {
    const refused = await world.attempt('image', 'delete', 'debian');
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain('debian');
  });
});

describe('the end', () => {
  test('delete takes a VM with its name', async () => {
    await world.banger('vm', 'delete', 'db');
    const gone = async () => (await dig('db.vm', 'A')).includes('NXDOMAIN');
    await pollUntil(gone, { what: 'db.vm is gone', timeoutMs: 30_000 });
    expect((await world.attempt('vm', 'show', 'db')).exitCode).toBe(3);
  });

  test('a running VM is only deleted by force', async () => {
    await world.banger('vm', 'start', 'web');
    expect((await world.attempt('vm', 'delete', 'web')).exitCode).toBe(5);
    await world.banger('vm', 'delete', 'web', '--force');
    expect(await world.json('vm', 'list')).toEqual([]);
  });

  test('the host is as it was found', async () => {
    await world.banger('daemon', 'stop');
    await internet.dispose();
    internet = { ...internet, dispose: async () => undefined };
    expect(await hostNetwork()).toEqual(before);
  });
});
