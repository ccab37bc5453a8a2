import { expect, test } from '@jest/globals';
import { type DeleteVmRequest, Vm, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import type { CallContext } from '../../lib/rpc/contract.js';
import { aborted, banger, serveVmm, type Terminal, watching, web } from '../../test/fakes/command-line.js';

/** A vmm whose VM runs where no ssh answers; `deletions` are what was asked of it. */
async function serve(createVm: (signal: AbortSignal) => Promise<unknown> = async () => undefined) {
  const deletions: DeleteVmRequest[] = [];
  await serveVmm({
    watchVms: watching(Vm.fromPartial({ name: 'x', status: { state: VmState.STARTING } })),
    createVm: async ({ name }, { signal }: CallContext) => {
      await createVm(signal);
      return { vm: { ...web, name } };
    },
    getSshAccess: () => ({
      address: '127.0.0.1',
      port: 1,
      user: 'root',
      identityFile: '/nonexistent/key',
      knownHostsFile: '/nonexistent/hosts',
      hostKeyAlias: 'web',
    }),
    deleteVm: (request) => {
      deletions.push(request);
      return { keptUntil: undefined, remains: [] };
    },
  });
  return deletions;
}

test('what cannot be proven is told with the way out, everything is tried, and the VM goes', async () => {
  const deletions = await serve();
  const { code, stdout } = await banger('verify --nat --target 192.0.2.1 --json');
  expect(code).toBe(5);
  const { holds, proofs } = JSON.parse(stdout) as { holds: boolean; proofs: { what: string; severity: string }[] };
  expect(holds).toBe(false);
  expect(proofs.map(({ what, severity }) => `${what}: ${severity}`)).toEqual([
    'VM up: ok',
    'shut in without NAT: error',
    'rules in: error',
    'out through the uplink: error',
    'rules out: error',
    'shut in again: error',
    'address and tap out: error',
  ]);
  expect(deletions).toEqual([
    { name: expect.stringMatching(/^verify-[0-9a-f]{6}$/), force: true, wait: true, purge: true },
  ]);
});

test('Ctrl-C ends it, and the VM goes all the same', async () => {
  let press: () => void = () => undefined;
  const deletions = await serve(async (signal) => {
    press();
    await aborted(signal);
    throw new Error('the caller has gone');
  });
  const { code, stderr } = await banger('verify', (terminal: Terminal) => {
    press = terminal.interrupt;
  });
  expect({ code, deletions: deletions.length }).toEqual({ code: 130, deletions: 1 });
  expect(stderr).toContain('interrupted');
});

test('a target that is none is told before anything is made', async () => {
  const deletions = await serve();
  const { code, stderr } = await banger('verify --target -c');
  expect({ code, deletions }).toEqual({ code: 2, deletions: [] });
  expect(stderr).toContain('--target');
});
