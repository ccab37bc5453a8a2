import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { creation, dontWait, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { explainVm } from './explain-vm.js';
import { stopVm } from './stop-vm.js';

let world: FakeWorld;

beforeEach(() => {
  world = new FakeWorld();
});

afterEach(async () => {
  await world.vmm.stop();
  world.database.close();
});

const explain = (name = 'web') => explainVm(world.vmm, name, never);
const verdictsOf = ({ evidence }: Awaited<ReturnType<typeof explain>>) =>
  Object.fromEntries(evidence.map(({ subject, verdict }) => [subject, verdict]));

const allWell = { process: 'ok', attachment: 'ok', tap: 'ok', image: 'ok', disk: 'ok' };

test('a vm that runs well: all evidence, its past, and how to log in; the console is left out', async () => {
  await createVm(world.vmm, creation());
  const entry = {
    id: 1,
    time: 1,
    subject: '',
    verb: 'boot',
    step: 'hypervisors.launch',
    detail: '',
    requestId: '',
    reason: '',
  };
  world.past.effects = Array.from({ length: 12 }, (_, id) => ({ ...entry, id }));
  world.consoles.write('0000000000000001', 'login:');
  const explanation = await explain();
  expect(verdictsOf(explanation)).toEqual({ ...allWell, 'control socket': 'ok', guest: 'ok' });
  expect(explanation).toMatchObject({ vm: { name: 'web' }, console: [], events: [] });
  expect(explanation.nextStep).toContain('banger vm ssh web');
  expect(explanation.effects.map(({ id }) => id)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('a stopped vm: its hypervisor and guest are not asked', async () => {
  await createVm(world.vmm, creation());
  await stopVm(world.vmm, 'web', { graceSeconds: 0, ...doWait });
  expect(verdictsOf(await explain())).toEqual(allWell);
});

test('peers that are away or hang make their parts unknown, and the rest is told', async () => {
  await createVm(world.vmm, creation());
  world.networks.faults.hang('get');
  world.images.faults.failAlways('isHeld', new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'imaged is away'));
  const explanation = await explain();
  expect(verdictsOf(explanation)).toMatchObject({
    process: 'ok',
    guest: 'ok',
    attachment: 'unknown',
    image: 'unknown',
  });
  expect(explanation.evidence).toContainEqual(
    expect.objectContaining({ subject: 'attachment', detail: expect.stringContaining('no answer within') }),
  );
  expect(explanation.nextStep).toContain('banger service logs netd');
});

test('a hypervisor that hangs, and a guest that is silent', async () => {
  await createVm(world.vmm, creation());
  world.hypervisors.faults.hang('stats');
  world.guests.faults.hang('answers');
  world.consoles.write('0000000000000001', 'soft lockup\r\n');
  const explanation = await explain();
  expect(verdictsOf(explanation)).toMatchObject({ process: 'ok', 'control socket': 'bad', guest: 'bad' });
  expect(explanation.console.at(-1)).toBe('soft lockup');
  expect(explanation.nextStep).toContain('banger vm kill web');
});

test('a pid that is another process by now is not taken for the hypervisor, and not asked', async () => {
  const { uid } = await createVm(world.vmm, creation());
  world.store.change(uid, (vm) => ({
    ...vm,
    status: { ...vm.status, process: { pid: vm.status.process?.pid ?? 0, startTime: 999_999 } },
  }));
  const explanation = await explain();
  expect(verdictsOf(explanation)).toMatchObject({ process: 'bad' });
  expect(verdictsOf(explanation)).not.toHaveProperty('control socket');
});

test('a vm that failed has its console and its error', async () => {
  world.guests.faults.hang('answers');
  world.patience = { ...world.patience, bootMs: 50 };
  await createVm(world.vmm, creation()).catch(() => undefined);
  world.consoles.write('0000000000000001', '\u001b[1mno init found\u001b[0m\r\n');
  const explanation = await explain();
  expect(explanation.vm.status.state).toBe('FAILED');
  expect(explanation.console.at(-1)).toBe('no init found');
  expect(explanation.nextStep).toContain('banger vm logs web');
});

test('a vm that changes while it is looked at is looked at again', async () => {
  const { uid } = await createVm(world.vmm, creation());
  world.networks.faults.onCall = (call) => {
    world.networks.faults.onCall = () => undefined;
    if (call === 'get')
      world.store.change(uid, (vm) => ({ ...vm, goal: 'paused', status: { ...vm.status, state: 'PAUSED' } }));
  };
  const explanation = await explain();
  expect(explanation.vm.status.state).toBe('PAUSED');
  expect(explanation.nextStep).toContain('banger vm resume web');
});

test('a vm in its way says what it waits for', async () => {
  world.networks.faults.failAlways('ensure', new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'netd is away'));
  await createVm(world.vmm, creation(dontWait));
  await world.until('web', ({ status }) => status.step === 'network' && status.lastError !== undefined);
  expect(await explain()).toMatchObject({ meaning: expect.stringContaining('waits for netd') });
});

test('a deleted vm that can be restored says so; one that is nowhere is not found', async () => {
  world.trashLimits = { retentionMs: 3_600_000, bytes: 1e12 };
  const { uid } = await createVm(world.vmm, creation());
  await deleteVm(world.vmm, 'web', { force: true, purge: false, ...doWait });
  for (const reference of ['web', uid]) {
    const explanation = await explain(reference);
    expect(explanation.nextStep).toContain('banger vm restore web');
    expect(verdictsOf(explanation)).toEqual({ process: 'ok', image: 'ok', disk: 'ok' });
  }
  await expect(explain('other')).rejects.toMatchObject({ reason: 'VM_NOT_FOUND' });
});

test('nothing is answered to a caller who is gone', async () => {
  await createVm(world.vmm, creation());
  const left = new AbortController();
  world.networks.faults.onCall = () => left.abort(new Error('the caller is gone'));
  await expect(explainVm(world.vmm, 'web', left.signal)).rejects.toThrow('the caller is gone');
});
