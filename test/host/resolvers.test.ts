import type { ChildProcess } from 'node:child_process';
import { chmod, chown, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lookups } from '../../cli/resolver/asking.js';
import { traceLookup, wiringOf } from '../../cli/resolver/lookup.js';
import { System } from '../../cli/resolver/system.js';
import { linkName, type ResolverKind, wiringFile } from '../../cli/resolver/wiring.js';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { pathExists } from '../../lib/host/files.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { silentLog } from '../../lib/log.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { readQuery } from '../../services/dnsd/host/codec.js';
import { GuestResolver } from '../../services/dnsd/host/guest-resolver.js';
import { HostResolvers } from '../../services/dnsd/host/resolv-conf.js';
import { answerMessage, queryMessage } from '../../services/dnsd/testing/messages.js';
import { type TestNameServer, testNameServer } from '../../services/dnsd/testing/name-server.js';

/**
 * What `banger dns install` writes, in the hands of those it is for: dnsmasq and systemd-resolved of Debian's packages, in
 * the namespaces of this suite. NetworkManager's plugin is the same dnsmasq, told by a folder of files.
 */

const route = { address: '127.0.0.1', port: 42069, zones: ['vm', '77.10.in-addr.arpa'] };
const tree = resolve('.cache/resolvers/root');

/** A name server that answers for everything with one address, and remembers what it was asked. */
class Recorder {
  readonly names: string[] = [];
  #server: TestNameServer | undefined;

  constructor(
    readonly address: string,
    private readonly port: number,
    private readonly answer: string,
  ) {}

  async open(): Promise<void> {
    this.#server = await testNameServer(
      (query) => {
        const question = readQuery(query)?.question;
        this.names.push(question?.labels.join('.').toLowerCase() ?? '');
        return [answerMessage(query, { address: this.answer, count: question?.type === 1 ? 1 : 0, flags: 0x8180 })];
      },
      this.address,
      this.port,
    );
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

const dnsd = new Recorder(route.address, route.port, '10.77.0.10');
const uplink = new Recorder('127.0.0.10', 53, '1.2.3.4');
const vpn = new Recorder('127.0.0.11', 53, '198.51.100.80');
const recorders = [dnsd, uplink, vpn];
const asked = () => recorders.map(({ names }) => [...new Set(names.splice(0))].sort());

let folder: Awaited<ReturnType<typeof tempFolder>>;
const children: ChildProcess[] = [];
const mounted: string[] = [];
const links: string[] = [];

beforeAll(async () => {
  if (process.env.BANGER_TEST_NAMESPACES === undefined) {
    throw new Error('this suite mounts and makes links: run it in namespaces of its own');
  }
  folder = await tempFolder();
  await chmod(folder.path, 0o755);
  for (const recorder of recorders) await recorder.open();
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  const isOver = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;
  await pollUntil(() => children.every(isOver), { what: 'all have ended', timeoutMs: 30_000 });
  for (const path of mounted.reverse()) await runCommand(['umount', path]);
  for (const name of links) await runCommand(['ip', 'link', 'delete', name]);
  for (const recorder of recorders) await recorder.close();
  await folder?.remove();
});

function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawnChild(argv, { stdio: ['ignore', 'ignore', 'ignore'], env });
  children.push(child);
  return child;
}

async function ask(server: string, name: string): Promise<string> {
  const found = await lookups.ask(name, { address: server, port: 53 });
  return 'addresses' in found ? found.addresses.join() : found.error;
}

const answersFrom = (server: string, name: string, address: string) =>
  pollUntil(async () => (await ask(server, name)) === address, {
    what: `${server} says ${address} for ${name}`,
    timeoutMs: 30_000,
  });

function textFor(kind: ResolverKind): string {
  return wiringFile(kind, route)?.text ?? '';
}

describe.each(['dnsmasq', 'networkmanager'] as const)('what %s is told', (kind) => {
  const address = kind === 'dnsmasq' ? '127.0.0.20' : '127.0.0.21';
  let child: ChildProcess;

  beforeAll(async () => {
    const conf = join(folder.path, kind);
    await mkdir(conf);
    await writeFile(join(conf, 'banger.conf'), textFor(kind));
    const own = ['--no-daemon', '--no-hosts', '--no-resolv', '--bind-interfaces', '--cache-size=0', '--user=root'];
    const upstream = [`--server=${uplink.address}`, '--stop-dns-rebind', `--listen-address=${address}`];
    child = start(['dnsmasq', ...own, ...upstream, `--conf-file=/dev/null`, `--conf-dir=${conf}`, '--pid-file=']);
    await answersFrom(address, 'ready.example', '1.2.3.4');
    asked();
  });
  afterAll(() => {
    child.kill('SIGKILL');
  });

  test('sends .vm to dnsd, private address and all, and nothing else', async () => {
    expect(await ask(address, 'api.web.vm')).toBe('10.77.0.10');
    expect(await ask(address, 'example.com')).toBe('1.2.3.4');
    expect(await ask(address, 'vm.example.com')).toBe('1.2.3.4');
    expect(asked()).toEqual([['api.web.vm'], ['example.com', 'vm.example.com'], []]);
  });

  test('sends the names of addresses of VMs to dnsd, and no others', async () => {
    const reverse = (ip: string) => runCommand(['dig', '-r', '+tries=1', `@${address}`, '-x', ip]);
    await reverse('10.77.0.10');
    await reverse('10.78.0.10');
    expect(asked()).toEqual([['10.0.77.10.in-addr.arpa'], ['10.0.78.10.in-addr.arpa'], []]);
  });
});

describe('what systemd-resolved is told', () => {
  const stub = '127.0.0.53';
  let env: Record<string, string>;
  let daemon: ChildProcess;

  const resolvectl = (...args: string[]) => runCommand([`${tree}/usr/bin/resolvectl`, ...args], { env });
  const startDaemon = async () => {
    daemon = start([`${tree}/usr/lib/systemd/systemd-resolved`], env);
    await pollUntil(async () => (await lookups.ask('localhost', { address: stub, port: 53 })) !== undefined, {
      what: 'it is there',
      timeoutMs: 30_000,
    });
    const isThere = () =>
      resolvectl('status').then(
        () => true,
        () => false,
      );
    await pollUntil(isThere, { what: 'it can be told', timeoutMs: 30_000 });
  };

  beforeAll(async () => {
    await privateFiles();
    env = {
      DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${folder.path}/bus`,
      LD_LIBRARY_PATH: `${tree}/usr/lib/${await multiarch()}/systemd`,
    };
    start(['dbus-daemon', `--config-file=${await busConfig()}`, '--nofork', '--nopidfile']);
    const bus = () => pathExists(join(folder.path, 'bus'));
    await pollUntil(bus, { what: 'there is a bus', timeoutMs: 30_000 });
    await link('up0', '192.0.2.2/24');
    await link('vpn0', '198.51.100.2/24');
    await startDaemon();
    await resolvectl('dns', 'vpn0', vpn.address);
    await resolvectl('domain', 'vpn0', '~corp.test');
    await resolvectl('default-route', 'vpn0', 'no');
    await answersFrom(stub, 'ready.example', '1.2.3.4');
  });

  test('before, .vm is asked from strangers, and the test of a lookup says what is missing', async () => {
    asked();
    const { works, stops } = await trace();
    expect(works).toBe(false);
    expect(stops.find(({ at }) => at === 'route')).toMatchObject({ ok: false, remedy: 'sudo banger dns install' });
    expect(asked()[1]).toContain('web.vm');
  });

  test('with our link, .vm goes to dnsd, and nothing else does', async () => {
    await unit('ExecStart');
    await answersFrom(stub, 'first.vm', '10.77.0.10');
    asked();
    expect(await ask(stub, 'web.vm')).toBe('10.77.0.10');
    expect(await ask(stub, 'example.com')).toBe('1.2.3.4');
    expect(await ask(stub, 'git.corp.test')).toBe('198.51.100.80');
    expect(asked()).toEqual([['web.vm'], ['example.com'], ['git.corp.test']]);
  });

  test('a program finds the name, and the test of a lookup agrees', async () => {
    const { works, stops } = await trace();
    expect(stops.filter(({ ok }) => !ok)).toEqual([]);
    expect(works).toBe(true);
  });

  test('guests’ names take the same routes, those of a VPN too', async () => {
    const hosts = new HostResolvers();
    const resolver = new GuestResolver({
      upstreams: () => hosts.servers(),
      isOurs: () => false,
      count: () => undefined,
      nameOf: () => undefined,
      log: silentLog,
    });
    expect(await hosts.servers()).toEqual([{ address: stub, port: 53 }]);
    asked();
    const guestAsks = async (name: string) => {
      const query = readQuery(queryMessage(name));
      if (query === undefined) throw new Error('the message is too short');
      const reply = await resolver.forward(query, { address: '10.77.0.10', transport: 'udp' }, 1232);
      return reply?.subarray(-4).join('.');
    };
    expect(await guestAsks('wiki.corp.test')).toBe('198.51.100.80');
    expect(await guestAsks('www.example.com')).toBe('1.2.3.4');
    expect(asked()).toEqual([[], ['www.example.com'], ['wiki.corp.test']]);
    expect(resolver.memory().entries).toBe(2);
    // A link gets another domain: what was remembered may be wrong now.
    await resolvectl('domain', 'vpn0', '~corp.test', '~example.com');
    const follows = async () => (await guestAsks('www.example.com')) === '198.51.100.80';
    await pollUntil(follows, { what: 'guests are sent the new way', timeoutMs: 30_000 });
    resolver.stop();
  });

  test('the route outlives a restart of systemd-resolved', async () => {
    daemon.kill('SIGTERM');
    await pollUntil(() => daemon.exitCode !== null || daemon.signalCode !== null, {
      what: 'it ends',
      timeoutMs: 30_000,
    });
    await startDaemon();
    await answersFrom(stub, 'second.vm', '10.77.0.10');
  });

  test('without our link nothing is left of it', async () => {
    await unit('ExecStop');
    asked();
    await answersFrom(stub, 'third.vm', '1.2.3.4');
    expect(asked()[0]).toEqual([]);
  });

  async function trace() {
    const system = new System('/');
    const written = wiringFile('systemd-resolved', route);
    const hasLink = system.hasLink();
    const present = written && hasLink ? [{ kind: 'systemd-resolved' as const, ...written }] : [];
    const facts = await system.facts();
    return traceLookup('web.vm', facts, route, wiringOf(facts, route, present, hasLink), lookups);
  }

  /** Runs the commands of the unit as systemd would; where the kernel has no links of type dummy, one of another type. */
  async function unit(key: string): Promise<void> {
    const lines = textFor('systemd-resolved')
      .split('\n')
      .filter((line) => line.startsWith(`${key}=`));
    for (const line of lines) {
      const words = line
        .slice(key.length + 1)
        .replace(/^-/, '')
        .split(' ');
      if (words[0] === 'resolvectl') await resolvectl(...words.slice(1));
      else
        await runCommand(words).catch((error) => {
          if (words.at(-1) !== 'dummy') throw error;
          return runCommand(['ip', 'link', 'add', linkName, 'up', 'type', 'veth', 'peer', 'name', 'dummy-peer']);
        });
      if (words.at(-1) === 'dummy')
        await runCommand(['ip', 'link', 'set', 'dummy-peer', 'up'], { okExitCodes: [0, 1] });
    }
  }
});

async function mount(path: string, ...what: string[]): Promise<void> {
  await runCommand(['mount', ...what, path]);
  mounted.push(path);
}

async function link(name: string, address: string): Promise<void> {
  links.push(name);
  await runCommand(['ip', 'link', 'add', name, 'up', 'type', 'veth', 'peer', 'name', `${name}-peer`]);
  await runCommand(['ip', 'link', 'set', `${name}-peer`, 'up']);
  await runCommand(['ip', 'address', 'add', address, 'dev', name]);
}

async function multiarch(): Promise<string> {
  return (
    await runCommand(['dpkg-architecture', '-qDEB_HOST_MULTIARCH']).catch(() => ({ stdout: 'x86_64-linux-gnu' }))
  ).stdout.trim();
}

/** What systemd-resolved finds and makes, for this suite alone: /run, its user, the host's resolv.conf. */
async function privateFiles(): Promise<void> {
  await runCommand(['mount', '--make-rprivate', '/']);
  await mount('/run', '-t', 'tmpfs', 'tmpfs');
  const user = { name: 'systemd-resolve', id: 64_996 };
  for (const [file, line] of [
    ['passwd', `${user.name}:x:${user.id}:${user.id}::/:/usr/sbin/nologin\n`],
    ['group', `${user.name}:x:${user.id}:\n`],
  ] as const) {
    const copy = join(folder.path, file);
    await copyFile(`/etc/${file}`, copy);
    const others = (await readFile(copy, 'utf8')).split('\n').filter((each) => !each.startsWith(`${user.name}:`));
    await writeFile(copy, `${others.join('\n')}${line}`);
    await mount(`/etc/${file}`, '--bind', copy);
  }
  await mkdir('/run/systemd/resolve', { recursive: true });
  await chown('/run/systemd/resolve', user.id, user.id);
  await mkdir('/run/systemd/resolved.conf.d');
  await writeFile(
    '/run/systemd/resolved.conf.d/test.conf',
    `[Resolve]\nDNS=${uplink.address}\nCache=no\nLLMNR=no\nMulticastDNS=no\n`,
  );
  const resolvConf = join(folder.path, 'resolv.conf');
  await writeFile(resolvConf, 'nameserver 127.0.0.53\n');
  await mount('/etc/resolv.conf', '--bind', resolvConf);
}

/** A bus on which everybody may say everything. */
async function busConfig(): Promise<string> {
  const path = join(folder.path, 'bus.conf');
  const kinds = ['method_call', 'method_return', 'error', 'signal'];
  const allow = [
    'own="*"',
    'user="*"',
    'send_destination="*"',
    ...kinds.flatMap((kind) => [`send_type="${kind}"`, `receive_type="${kind}"`]),
  ];
  await writeFile(
    path,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${folder.path}/bus</listen><auth>EXTERNAL</auth>
<policy context="default">${allow.map((each) => `<allow ${each}/>`).join('')}</policy></busconfig>\n`,
  );
  return path;
}
