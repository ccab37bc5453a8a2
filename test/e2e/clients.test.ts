import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { readTextIfExists, writeFile } from '../../lib/host/files.js';
import { endProcess } from '../../lib/host/process.js';
import { type DetachedProcess, spawnDetached } from '../../lib/host/spawn.js';
import { type Authority, createAuthority } from '../../lib/testing/authority.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { createWorld, type World } from './support/world.js';

/** Programs in other languages, as users write them, on one banger with real guests: the examples of clients/. */

const patienceMs = 300_000;
const remotePort = 19_443;

let world: World;
let authority: Authority;
let folder: Awaited<ReturnType<typeof tempFolder>>;
/** The examples that run still. */
const waiting: DetachedProcess[] = [];

beforeAll(async () => {
  folder = await tempFolder();
  world = await createWorld();
  authority = await createAuthority(folder.path, 'ours');
  const host = await authority.issue('host', { names: 'DNS:localhost' });
  const names = { admins: ['CN:alice'], readers: ['CN:reader'] };
  const remote = { vmm: remotePort, ...host, authority: authority.certificate, ...names };
  const keys = Object.entries(remote).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  await writeFile(world.configFile, ['[remote]', ...keys, ''].join('\n'));
  await Promise.all([buildGo(), world.banger('daemon', 'start')]);
}, patienceMs);
afterAll(async () => {
  for (const { identity } of waiting) await endProcess(identity, 0);
  await world?.dispose();
  await folder?.remove();
});

/** From Debian's sources alone, for modules come from the network: a workspace of the old kind has them by their paths. */
async function buildGo(): Promise<void> {
  const workspace = join(folder.path, 'go');
  const source = join(workspace, 'src/banger.internal/client');
  mkdirSync(join(source, '..'), { recursive: true });
  symlinkSync(resolve('clients/go'), source);
  const env = {
    GO111MODULE: 'off',
    GOFLAGS: '',
    GOPATH: `${workspace}:/usr/share/gocode`,
    GOCACHE: resolve('.cache/go'),
    HOME: folder.path,
    // What tells Go that the link is where the sources are.
    PWD: source,
  };
  const argv = ['go', 'build', '-o', `${folder.path}/`, './examples/...'];
  await runCommand(argv, { cwd: source, env, timeoutMs: patienceMs });
}

interface Language {
  readonly name: string;
  readonly words: (example: string) => string[];
}

const python: Language = {
  name: 'Python',
  // Debian's, which has Debian's packages.
  words: (example) => ['/usr/bin/python3', '-B', resolve(`clients/python/examples/${example}.py`)],
};
const go: Language = { name: 'Go', words: (example) => [join(folder.path, example.replaceAll('_', ''))] };
const languages = [python, go] as const;

const environment = () => ({ ...world.env, PYTHONPATH: resolve('clients/python') });

const run = (argv: readonly string[]) =>
  runCommand(argv, { env: environment(), okExitCodes: [0, 1], timeoutMs: patienceMs });

test('a VM that is created later, by a banger that was restarted meanwhile, is seen', async () => {
  const started = await Promise.all(
    languages.map(async ({ name, words }) => {
      const logPath = join(folder.path, `${name}.log`);
      const process = await spawnDetached([...words('waiting'), 'web'], { logPath, env: environment() });
      waiting.push(process);
      return { process, logPath };
    }),
  );
  const says = (line: RegExp, times: number) =>
    pollUntil(
      async () => {
        const texts = await Promise.all(started.map(({ logPath }) => readTextIfExists(logPath)));
        return texts.every((text = '') => text.split('\n').filter((each) => line.test(each)).length === times);
      },
      { what: `both say ${line} ${times} times`, timeoutMs: patienceMs },
    );
  await says(/^waiting for web$/, 1);
  await world.banger('service', 'restart', 'vmm');
  await says(/^waiting for web$/, 2);
  const { stdout } = await run([...python.words('first_vm'), 'web']);
  expect(stdout).toMatch(lifeOf('web'));
  await says(/^web is at 10\.77\./, 1);
  for (const { process } of started) expect(await process.exited).toMatchObject({ code: 0 });
}, 600_000);

/** What an example prints of a VM: the steps of a boot may be passed too quickly to be seen. */
function lifeOf(name: string): RegExp {
  const steps = `(${name}: VM_STATE_(CREATING|STARTING).*\\n)+${name}: VM_STATE_RUNNING\\n`;
  const ends = `it says ['"]hello from ${name}['"] and ends with 3\\n${name} is deleted\\n`;
  return new RegExp(`^${steps}${name} is at 10\\.77\\.\\d+\\.\\d+\\n${ends}$`);
}

test('Go creates a VM, follows it, runs a command in it and deletes it, as Python does', async () => {
  const { stdout, stderr } = await run([...go.words('first_vm'), 'app']);
  expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(lifeOf('app')), stderr: '' });
  expect(await world.json('vm', 'list')).toEqual([]);
  expect(await world.json('vm', 'trash')).toMatchObject({ vms: [] });
});

test.each(languages)('a name that is taken is told by $name, and the VM that has it stays', async ({ words }) => {
  await world.banger('vm', 'create', '--name', 'taken', '--no-start');
  const { stderr, exitCode } = await run([...words('first_vm'), 'taken']);
  expect({ stderr, exitCode }).toEqual({
    stderr: expect.stringMatching(/^cannot create .*\[VM_EXISTS\]\n$/),
    exitCode: 1,
  });
  await world.banger('vm', 'delete', 'taken');
});

test('every mistake of a request is read from the details, and both languages read the same', async () => {
  const [first, second] = await Promise.all(
    languages.map(async ({ words }) => JSON.parse((await run(words('mistakes'))).stdout)),
  );
  expect(first).toEqual({
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_REQUEST',
    domain: 'vmm.banger',
    message: expect.stringMatching(/^cannot create vm No Name: /),
    fields: { name: expect.any(String), 'spec.cpu_count': expect.any(String) },
  });
  expect(second).toEqual({ ...first, code: 'InvalidArgument' });
});

/** `buf curl` has nothing of ours: it learns the contract by reflection. */
async function generic(service: string, ...words: string[]): Promise<string> {
  const socket = ['--http2-prior-knowledge', '--unix-socket', join(world.runDir, `${service}.sock`)];
  const argv = ['node_modules/.bin/buf', 'curl', '--protocol', 'grpc', ...socket, ...words];
  return (await runCommand(argv, { env: { HOME: folder.path } })).stdout;
}

const everywhere = ['banger.events.v1.EventService', 'grpc.health.v1.Health'];
const served = {
  vmm: ['banger.host.v1.HostService', 'banger.vmm.v1.VmService'],
  imaged: ['banger.host.v1.HostService', 'banger.imaged.v1.ImageService'],
  netd: ['banger.host.v1.HostService', 'banger.netd.v1.NetworkService'],
  dnsd: ['banger.dnsd.v1.DnsService', 'banger.host.v1.HostService'],
  supervisor: ['banger.supervisor.v1.SupervisorService'],
};

test.each(Object.entries(served))(
  'a generic client learns what %s serves, and all of it is healthy',
  async (socket, own) => {
    const services = (await generic(socket, '--list-services', 'http://localhost')).trim().split('\n');
    expect(services.sort()).toEqual([...everywhere, ...own].sort());
    for (const service of ['', ...own, 'banger.events.v1.EventService']) {
      const url = 'http://localhost/grpc.health.v1.Health/Check';
      expect(JSON.parse(await generic(socket, '--data', JSON.stringify({ service }), url))).toEqual({
        status: 'SERVING',
      });
    }
  },
);

test('a generic client calls what it has learnt, once and in streams', async () => {
  const methods = await generic('vmm', '--list-methods', 'http://localhost');
  expect(methods).toContain('banger.vmm.v1.VmService/Exec');
  const call = async (method: string, request: object) =>
    generic('vmm', '--data', JSON.stringify(request), `http://localhost/banger.vmm.v1.VmService/${method}`);
  const created = JSON.parse(await call('CreateVm', { name: 'plain', noStart: true, wait: true }));
  expect(created).toMatchObject({ vm: { name: 'plain', status: { state: 'VM_STATE_STOPPED' } } });
  const [event] = (await call('GetVm', { name: 'plain' })).split('\n\n');
  expect(JSON.parse(event ?? '')).toMatchObject({ vm: { uid: created.vm.uid } });
  await call('DeleteVm', { name: 'plain', wait: true });
});

test.each(languages)('$name says that nothing answers', async ({ words }) => {
  const nowhere = { ...environment(), BANGER_RUN_DIR: join(folder.path, 'nowhere') };
  const ended = await runCommand(words('mistakes'), { env: nowhere, okExitCodes: [1] });
  expect(ended.stderr).toMatch(/unavailable/i);
});

describe('from another host', () => {
  const url = (method: string) => `https://localhost:${remotePort}/banger.vmm.v1.VmService/${method}`;

  async function remote(holder: string, method: string, request: object) {
    const { certificate, key } = await authority.issue(holder);
    const trust = ['--cacert', authority.certificate, '--cert', certificate, '--key', key];
    const argv = ['node_modules/.bin/buf', 'curl', '--protocol', 'grpc', ...trust];
    // Who may not call anything cannot ask for the contract either.
    const words = [...argv, '--schema', 'proto', '--data', JSON.stringify(request), url(method)];
    return runCommand(words, { env: { HOME: folder.path }, okExitCodes: [...Array(256).keys()] });
  }

  test('an admin creates and deletes, and the trail says who it was, from where', async () => {
    const { stdout } = await remote('alice', 'CreateVm', { name: 'far', noStart: true, wait: true });
    expect(JSON.parse(stdout)).toMatchObject({ vm: { name: 'far' } });
    const lines = (await world.banger('events', '--vm', 'far', '--json')).stdout.trim().split('\n');
    const told = lines.map((line) => JSON.parse(line) as { action: string; caller?: object });
    expect(told.find(({ action }) => action === 'CreateVm')).toMatchObject({
      caller: { certificate: 'CN:alice', address: '127.0.0.1', user: '' },
    });
    expect((await world.banger('events', '--vm', 'far')).stdout).toContain('by CN:alice (127.0.0.1)');
    expect((await remote('alice', 'DeleteVm', { name: 'far', wait: true })).exitCode).toBe(0);
  });

  test('a reader reads, and who is not listed does nothing', async () => {
    expect((await remote('reader', 'ListVms', {})).exitCode).toBe(0);
    const refused = await remote('reader', 'CreateVm', { name: 'no' });
    expect(refused.stderr).toContain('the certificate CN:reader may read only');
    expect((await remote('mallory', 'ListVms', {})).stderr).toContain('CN:mallory may not call anything here');
    expect(await world.json('vm', 'list')).toEqual([]);
  });

  test('Python calls it as docs/api.md says', async () => {
    const { certificate, key } = await authority.issue('reader');
    const program = [
      'import sys, grpc',
      'from banger.vmm.v1 import vm_service_pb2 as vmm',
      'from banger.vmm.v1.vm_service_pb2_grpc import VmServiceStub',
      'files = [open(path, "rb").read() for path in sys.argv[2:]]',
      'channel = grpc.secure_channel(sys.argv[1], grpc.ssl_channel_credentials(*files))',
      'print(VmServiceStub(channel).GetHypervisor(vmm.GetHypervisorRequest(), timeout=60).kind)',
    ].join('\n');
    const words = [`localhost:${remotePort}`, authority.certificate, key, certificate];
    const argv = ['/usr/bin/python3', '-B', '-c', program, ...words];
    expect((await runCommand(argv, { env: environment() })).stdout).toBe('1\n');
  });

  test('a service that shall listen without certificates does not start, and says what is missing', async () => {
    const env = { ...world.env, BANGER_CONFIG: join(folder.path, 'none.toml'), BANGER_REMOTE_NETD: '19444' };
    const places = { BANGER_STATE_DIR: join(folder.path, 's'), BANGER_RUN_DIR: join(folder.path, 'r') };
    const argv = [process.execPath, 'dist/services/netd/main.js'];
    const { stderr, stdout } = await runCommand(argv, { env: { ...env, ...places }, okExitCodes: [78] });
    expect(`${stdout}${stderr}`).toContain('netd shall serve other hosts, but remote.admins: nobody is let in');
    expect(`${stdout}${stderr}`).toContain('remote.certificate: must be given');
  });
});
