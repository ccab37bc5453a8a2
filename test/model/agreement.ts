import { knownHosts } from '../../services/vmm/domain/known-hosts.js';
import type { Vm } from '../../services/vmm/domain/vm.js';
import type { Banger } from './banger.js';
import type { End, Ends } from './expectation.js';

const endOf: Readonly<Record<string, End>> = {
  STOPPED: 'stopped',
  RUNNING: 'running',
  PAUSED: 'paused',
  FAILED: 'failed',
};

/** Where a VM is after banger has settled. Fails when that is none of what was to be expected, or the host says otherwise. */
export function agrees(banger: Banger, name: string, ends: Ends): End {
  const vm = banger.fake.store.findByName(name);
  const end = vm === undefined ? 'absent' : endOf[vm.status.state];
  if (end === undefined || !ends.has(end)) {
    const why = vm?.status.lastError?.message ?? 'no error';
    throw new Error(`${name} is ${vm?.status.state ?? 'absent'} (${why}), not ${[...ends].join(' or ')}`);
  }
  if (vm) hostAgrees(banger, vm, end);
  nothingWithoutAVm(banger);
  return end;
}

function hostAgrees({ fake }: Banger, vm: Vm, end: End): void {
  const { uid, name, status } = vm;
  const alive = fake.hypervisors.host.processes.filter((process) => process.alive && process.plan.uid === uid);
  const isUp = end === 'running' || end === 'paused';
  const wrong = [
    ...(alive.length > 1 ? ['it has more than one hypervisor'] : []),
    ...(isUp && alive.length === 0 ? ['it has no hypervisor'] : []),
    ...(end === 'stopped' && alive.length > 0 ? ['its hypervisor runs'] : []),
    ...(isUp && alive[0]?.paused !== (end === 'paused')
      ? [`its guest ${end === 'paused' ? 'runs' : 'stands still'}`]
      : []),
    ...(isUp && !fake.networks.attachments.has(uid) ? ['it has no attachment'] : []),
    ...(isUp && !fake.images.leases.has(uid) ? ['it has no lease'] : []),
    ...(isUp && fake.disks.sets.get(uid)?.overlay === undefined ? ['it has no disk'] : []),
    ...(status.process?.pid !== alive[0]?.identity.pid ? [`its pid is said to be ${status.process?.pid}`] : []),
    ...(end === 'failed' && status.lastError === undefined ? ['it does not say why'] : []),
    ...(isUp && !fake.keys.knownHosts.includes(knownHosts([vm]).trim()) ? ['its host key is not known'] : []),
    ...(status.step === '' ? [] : [`it is at step ${status.step}`]),
  ];
  if (wrong.length > 0) throw new Error(`${name} is ${status.state}, but ${wrong.join(', ')}`);
}

function nothingWithoutAVm({ fake }: Banger): void {
  const vms = fake.store.list();
  const held = fake
    .leftovers()
    .split('\n')
    .filter((line) => /^(process|attachment|lease|disks|layer) /.test(line));
  const strays = held.filter((line) => !vms.some(({ uid }) => line.endsWith(uid)));
  if (strays.length > 0) throw new Error(`nobody's: ${strays.join(', ')}`);
  const known = new Set(knownHosts(vms).split('\n'));
  const unknown = fake.keys.knownHosts.split('\n').filter((line) => !known.has(line));
  if (unknown.length > 0) throw new Error(`hosts are known that are not there: ${unknown.join(', ')}`);
}
