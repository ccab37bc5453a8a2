import { expect } from '@jest/globals';
import { runCommand } from '../../../lib/host/command.js';
import type { World } from './world.js';

interface Vm {
  readonly uid: string;
  readonly status: { readonly state: string; readonly ipv4Address: string; readonly pid: number };
}

/**
 * What every banger that works can do, from whatever tree it is run: its VM answers by its name, and goes on while the
 * daemon is away and comes back. The daemon and the VM are there when this begins, and when it has ended.
 */
export async function smoke(world: World, vm: string): Promise<void> {
  expect((await world.banger('version')).stdout).toMatch(/^banger \d+\.\d+\.\d+ \(build [0-9a-f]{12}\)$/m);
  expect(await world.attempt('doctor', '--json')).toMatchObject({ exitCode: 0 });
  const before = await world.json<Vm>('vm', 'show', vm);
  expect(before.status.state).toBe('VM_STATE_RUNNING');
  expect(await world.inVm(vm, 'hostname')).toBe(vm);
  const { dnsListener } = await world.json<{ dnsListener: string }>('daemon', 'status');
  const [host, port = ''] = dnsListener.split(':');
  const { stdout } = await runCommand(['dig', '+short', `@${host}`, '-p', port, `${vm}.vm`]);
  expect(stdout.trim()).toBe(before.status.ipv4Address);
  await world.banger('daemon', 'stop');
  await world.banger('daemon', 'start');
  const { uid, status } = await world.json<Vm>('vm', 'show', vm);
  expect({ uid, status }).toMatchObject({
    uid: before.uid,
    status: { state: 'VM_STATE_RUNNING', pid: before.status.pid },
  });
  expect(await world.inVm(vm, 'hostname')).toBe(vm);
}
