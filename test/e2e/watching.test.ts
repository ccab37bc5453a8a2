import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import { EnsureAttachmentRequest, NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { appendFile, ensureFolder } from '../../lib/host/files.js';
import { identify, signalProcess } from '../../lib/host/process.js';
import { metricsOf, type Program } from '../../lib/metrics/catalogue.js';
import { serviceNames } from '../../lib/paths.js';
import { createClient } from '../../lib/rpc/client.js';
import { type Family, readExposition } from '../../lib/testing/exposition.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';
import { bangerProgram } from './support/world.js';

/** What a whole banger tells of itself, on one daemon with the stand-in: metrics, events, findings, logs. */

const programs: readonly Program[] = [...serviceNames, 'supervisor'];
const portOf = (program: Program) => 19_470 + programs.indexOf(program);

let device: KvmDevice;
let world: StandInWorld;

beforeAll(async () => {
  device = await kvmDevice();
  world = await createStandInWorld('off');
  const ports = programs.map((program) => `${program} = ${portOf(program)}`);
  await appendFile(world.configFile, ['', '[metrics]', ...ports, ''].join('\n'));
  await world.banger('daemon', 'start');
});
afterAll(async () => {
  await world?.dispose();
  await device?.remove();
});

async function scrape(program: Program): Promise<Family[]> {
  const response = await fetch(`http://127.0.0.1:${portOf(program)}/metrics`);
  expect([program, response.status]).toEqual([program, 200]);
  return readExposition(await response.text());
}

async function reading(
  program: Program,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const families = await scrape(program);
  const samples = families.find((family) => family.name === name)?.samples ?? [];
  return samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value;
}

describe('metrics', () => {
  test.each(programs)('of %s are what the catalogue says, in a form that a strict reader takes', async (program) => {
    const families = await scrape(program);
    expect(families.map(({ name }) => name)).toEqual(metricsOf(program));
    const values = families.filter(({ name }) => /^(process|nodejs)_/.test(name)).flatMap(({ samples }) => samples);
    expect(values.length).toBeGreaterThanOrEqual(7);
    expect(values.every(({ value }) => value >= 0)).toBe(true);
  });

  test('follow a VM from its creation to its end', async () => {
    await world.banger('vm', 'create', 'counted', '--nat');
    expect(await reading('vmm', 'banger_vms', { state: 'running' })).toBe(1);
    expect(await reading('vmm', 'banger_vm_hypervisors', { hypervisor: 'firecracker' })).toBe(1);
    expect(await reading('vmm', 'banger_rpc_requests_total', { method: 'VmService/CreateVm', code: 'OK' })).toBe(1);
    expect(await reading('vmm', 'banger_step_duration_seconds', { step: 'launch', le: '+Inf' })).toBe(1);
    expect(await reading('netd', 'banger_attachments')).toBe(1);
    expect(await reading('netd', 'banger_nat_rules', { of: 'vm' })).toBe(1);
    expect(await reading('dnsd', 'banger_dns_records')).toBeGreaterThan(0);
    expect(await reading('supervisor', 'banger_service_up', { service: 'vmm' })).toBe(1);
    await world.banger('vm', 'delete', '--force', 'counted');
    expect(await reading('vmm', 'banger_vms', { state: 'running' })).toBe(0);
    expect(await reading('netd', 'banger_attachments')).toBe(0);
  });

  test('count what was refused by its status', async () => {
    await world.attempt('vm', 'start', 'nobody');
    const labels = { method: 'VmService/StartVm', code: 'NOT_FOUND' };
    expect(await reading('vmm', 'banger_rpc_requests_total', labels)).toBe(1);
  });
});

interface Told {
  readonly id: string;
  readonly time: string;
  readonly service: string;
  readonly type: string;
  readonly action: string;
  readonly object: string;
  readonly outcome: string;
  readonly reason: string;
  readonly requestId: string;
}

async function events(...args: string[]): Promise<Told[]> {
  const { stdout } = await world.banger('events', '--json', ...args);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Told);
}

describe('events', () => {
  test('tell the life of a VM over all services, in order and with the request of each', async () => {
    await world.banger('vm', 'create', 'told');
    await world.banger('vm', 'delete', '--force', 'told');
    const told = await events('--vm', 'told', '--tail', '0');
    const short = told.map(({ service, action, outcome }) =>
      `${service} ${action} ${outcome}`.replace(/ OUTCOME_/, ' '),
    );
    for (const line of [
      'vmm CreateVm ACCEPTED',
      'vmm created UNSPECIFIED',
      'imaged acquired UNSPECIFIED',
      'netd attached UNSPECIFIED',
      'vmm running UNSPECIFIED',
      'vmm DeleteVm ACCEPTED',
      'netd released UNSPECIFIED',
      'imaged released UNSPECIFIED',
      'vmm deleted UNSPECIFIED',
    ]) {
      expect(short).toContain(line);
    }
    const times = told.map(({ time }) => time);
    expect(times).toEqual([...times].sort());
    const create = told.find(({ action }) => action === 'CreateVm');
    const ofCreate = told.filter(({ requestId }) => requestId === create?.requestId);
    expect(new Set(ofCreate.map(({ service }) => service))).toEqual(new Set(['vmm', 'netd', 'imaged']));
    expect(ofCreate.map(({ action }) => action)).toContain('running');
  });

  test('have who was refused what, and are there after a restart', async () => {
    await world.attempt('vm', 'start', 'nobody');
    const refused = async () => (await events('--type', 'verb', '--vm', 'nobody')).at(-1);
    const before = await refused();
    expect(before).toMatchObject({ action: 'StartVm', outcome: 'OUTCOME_REFUSED', reason: 'VM_NOT_FOUND' });
    await world.banger('service', 'restart', 'vmm');
    expect(await refused()).toEqual(before);
    const started = await events('--type', 'service', '--vm', 'vmm', '--since', '1h');
    expect(started.filter(({ service, action }) => service === 'vmm' && action === 'started').length).toBeGreaterThan(
      1,
    );
  });

  test('are followed through the restart of a service, each once', async () => {
    const following = follower();
    try {
      await following.until((lines) => lines.some((line) => line.includes('"imaged"')));
      await world.attempt('vm', 'start', 'before');
      await following.until((lines) => lines.some((line) => line.includes('"before"')));
      await world.banger('service', 'restart', 'vmm');
      await world.attempt('vm', 'start', 'after');
      const lines = await following.until((all) => all.some((line) => line.includes('"after"')));
      const ids = lines.map((line) => JSON.parse(line) as Told).map(({ service, id }) => `${service} ${id}`);
      expect(new Set(ids).size).toBe(ids.length);
    } finally {
      await following.end();
    }
  });

  test('and logs of one command have one request id in all services', async () => {
    await world.banger('vm', 'create', 'traced', '--no-start');
    const create = (await events('--vm', 'traced', '--type', 'verb')).find(({ action }) => action === 'CreateVm');
    const { stdout } = await world.banger('service', 'logs', '--json', '--request', create?.requestId ?? '-');
    const lines = stdout.split('\n').filter((line) => line !== '');
    const entries = lines.map((line) => JSON.parse(line) as { service: string; requestId: string; time: string });
    expect(new Set(entries.map(({ service }) => service))).toEqual(new Set(['vmm', 'netd', 'imaged']));
    expect(new Set(entries.map(({ requestId }) => requestId))).toEqual(new Set([create?.requestId]));
    const times = entries.map(({ time }) => time);
    expect(times).toEqual([...times].sort());
    await world.banger('vm', 'delete', 'traced');
  });
});

interface Explained {
  readonly vm: { readonly uid: string; readonly status: { readonly state: string; readonly pid: number } };
  readonly nextStep: string;
  readonly evidence: readonly { readonly subject: string; readonly verdict: string; readonly detail: string }[];
  readonly effects: readonly { readonly step: string; readonly outcome: string }[];
  readonly events: readonly { readonly action: string }[];
}

const explain = () => world.json<Explained>('vm', 'explain', 'asked');
const verdicts = ({ evidence }: Explained) =>
  Object.fromEntries(evidence.map(({ subject, verdict }) => [subject, verdict.replace('VERDICT_', '')]));
const found = { process: 'OK', 'control socket': 'OK', tap: 'OK', disk: 'OK', guest: 'OK' };

describe('vm explain', () => {
  beforeAll(async () => {
    await world.banger('vm', 'create', 'asked');
  });
  afterAll(async () => {
    await world.banger('vm', 'delete', '--force', 'asked');
  });

  test('of a vm that runs: all that is there of it, what was done for it, and how to log in', async () => {
    const answer = await explain();
    expect(verdicts(answer)).toEqual({ ...found, attachment: 'OK', image: 'OK' });
    expect(answer.effects.map(({ step, outcome }) => `${step} ${outcome}`)).toContain('hypervisors.launch done');
    expect(answer.events.map(({ action }) => action)).toContain('running');
    expect(answer.nextStep).toContain('banger vm ssh asked');
    expect((await world.banger('vm', 'explain', 'asked')).stdout).toContain('Next step');
  });

  test('with netd standing still its part is unknown, and the rest is told', async () => {
    const services = await world.json<{ name: string; pid: number }[]>('service', 'list');
    const netd = identify(services.find(({ name }) => name === 'netd')?.pid ?? 0);
    if (netd === undefined) throw new Error('netd has no process');
    signalProcess(netd, 'SIGSTOP');
    try {
      const answer = await explain();
      expect(verdicts(answer)).toEqual({ ...found, attachment: 'UNKNOWN', image: 'OK' });
      expect(answer.nextStep).toContain('banger service logs netd');
    } finally {
      signalProcess(netd, 'SIGCONT');
    }
  });

  test('of a vm whose hypervisor was killed: that it has failed, and how it ended', async () => {
    const before = await explain();
    const hypervisor = identify(before.vm.status.pid);
    if (hypervisor === undefined) throw new Error('the vm has no hypervisor');
    signalProcess(hypervisor, 'SIGKILL');
    const isFailed = async () => {
      const answer = await explain();
      return answer.vm.status.state === 'VM_STATE_FAILED' && answer;
    };
    const answer = await pollUntil(isFailed, { what: 'the vm has failed', timeoutMs: 120_000 });
    expect(verdicts(answer)).not.toHaveProperty('control socket');
    expect(answer.nextStep).toContain('banger vm start asked');
  });
});

describe('doctor', () => {
  const uid = 'feedfeedfeedfeed';
  const lone = 'bgr9999';
  const folders = () => [join(world.stateDir, 'vmm/vms', uid), join(world.stateDir, 'imaged/building/left')];
  const links = async () => (await runCommand(['ip', '-o', 'link'])).stdout;

  /** What is told of the host, without what vmm thinks of the VMs of this suite. */
  async function told(...options: string[]) {
    const { stdout } = await world.attempt('doctor', '--json', ...options);
    const { discrepancies } = JSON.parse(stdout) as {
      discrepancies: { kind: string; subject: string; state: string; failure: string }[];
    };
    return discrepancies
      .map(
        ({ kind, subject, state }) =>
          `${kind} ${subject.replace(`${world.stateDir}/`, '').replace(/ on bgr[0-9]+$/, ' on')} ${state}`,
      )
      .sort();
  }

  test('finds what belongs to nobody, changes nothing unless told to, and leaves alone what is somebody’s', async () => {
    await world.banger('vm', 'create', 'kept', '--nat');
    const before = await told();
    const ruleset = async () => (await runCommand(['nft', '--stateless', 'list', 'ruleset'])).stdout;
    const [linksBefore, rulesBefore] = [await links(), await ruleset()];
    const netd = createClient(NetworkServiceService, 'netd', join(world.runDir, 'netd.sock'));
    const imaged = createClient(ImageServiceService, 'imaged', join(world.runDir, 'imaged.sock'));
    try {
      const attachment = { vmUid: uid, vmName: 'nobody', nat: true };
      await netd.ensureAttachment(EnsureAttachmentRequest.fromPartial(attachment));
      await imaged.acquireLease({ holder: uid, image: 'debian', kernel: '', holderName: 'nobody' });
    } finally {
      netd.close();
      imaged.close();
    }
    const { status } = await world.json<{ status: { tap: string } }>('vm', 'show', 'kept');
    const [link] = JSON.parse((await runCommand(['ip', '-j', 'link', 'show', status.tap])).stdout);
    await runCommand(['ip', 'tuntap', 'add', lone, 'mode', 'tap']);
    // Our mark: without it, a tap of that name is somebody else's.
    await runCommand(['ip', 'link', 'set', lone, 'alias', link.ifalias]);
    for (const folder of folders()) await ensureFolder(folder);
    const made = [`ATTACHMENT of nobody (${uid}), on`, `FOLDER disks of ${uid}`, 'FOLDER imaged/building/left'];
    const strays = (state: string) =>
      [...before, ...[...made, `LEASE of ${uid}`, `TAP ${lone}`].map((what) => `${what} ${state}`)].sort();
    expect(await told()).toEqual(strays('found'));
    expect(await told('--fix')).toEqual(strays('repaired'));
    expect(await told()).toEqual(before);
    expect({ links: await links(), rules: await ruleset() }).toEqual({ links: linksBefore, rules: rulesBefore });
    expect(await world.json('vm', 'show', 'kept')).toMatchObject({ status: { state: 'VM_STATE_RUNNING' } });
  });
});

/** `banger events --follow --json`, and what it has said so far. */
function follower() {
  const stop = new AbortController();
  const lines: string[] = [];
  const ended = runCommand([bangerProgram, 'events', '--follow', '--json', '--tail', '5'], {
    env: world.env,
    signal: stop.signal,
    onStdoutLine: (line) => void lines.push(line),
  }).catch((error: unknown) => error);
  return {
    until: (is: (lines: readonly string[]) => boolean) =>
      pollUntil(() => is(lines) && lines, { what: 'the events are told', timeoutMs: 300_000 }),
    async end() {
      stop.abort();
      await ended;
    },
  };
}
