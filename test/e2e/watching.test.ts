import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile } from '../../lib/host/files.js';
import { metricsOf, type Program } from '../../lib/metrics/catalogue.js';
import { serviceNames } from '../../lib/paths.js';
import { type Family, readExposition } from '../../lib/testing/exposition.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';

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
