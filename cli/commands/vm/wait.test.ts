import { expect, test } from '@jest/globals';
import { Vm, VmState, WatchVmsResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import { BangerError } from '../../../lib/errors.js';
import { aborted, banger, serveVmm, web } from '../../../test/fakes/command-line.js';

const inState = (state: VmState, lastError?: { reason: string; message: string }) =>
  WatchVmsResponse.fromPartial({
    event: { $case: 'upserted', value: Vm.fromPartial({ ...web, status: { ...web.status, state, lastError } }) },
  });
const synced = WatchVmsResponse.fromPartial({ event: { $case: 'synced', value: {} } });
const deleted = WatchVmsResponse.fromPartial({ event: { $case: 'deleted', value: { name: 'web', uid: web.uid } } });

/** A vmm that tells this of the VM, and then nothing more. */
const tells = (...events: WatchVmsResponse[]) =>
  serveVmm({
    async *watchVms(_request, { signal }) {
      yield* events;
      await aborted(signal);
    },
    getVm() {
      throw new BangerError('not-found', 'VM_NOT_FOUND', 'no vm is named web');
    },
  });

test('it returns when the VM is there', async () => {
  await tells(inState(VmState.STARTING), synced, inState(VmState.RUNNING));
  expect(await banger('vm wait web --quiet')).toEqual({ code: 0, stdout: 'web is running\n', stderr: '' });
});

test('and at once when it is there already, whatever it was told before', async () => {
  await tells(inState(VmState.STOPPED), synced);
  expect(await banger('vm wait web --for stopped --quiet')).toMatchObject({ code: 0, stdout: 'web is stopped\n' });
});

test('one that was never there is gone, and one that is deleted', async () => {
  await tells(synced);
  expect(await banger('vm wait web --for gone --quiet')).toMatchObject({ code: 0, stdout: 'web is gone\n' });
  expect(await banger('vm wait web --quiet')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('no vm is named web'),
  });
});

test('a deletion ends the waiting for anything else', async () => {
  await tells(inState(VmState.STOPPED), synced, deleted);
  expect(await banger('vm wait web --quiet')).toMatchObject({ code: 3 });
});

test('a VM that fails will not be there, and says why', async () => {
  await tells(
    inState(VmState.STARTING),
    synced,
    inState(VmState.FAILED, { reason: 'BOOT_TIMEOUT', message: 'no answer' }),
  );
  expect(await banger('vm wait web --json')).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/"reason": *"BOOT_TIMEOUT".*vm web will not be running: no answer/s),
  });
});

test('the end of the time is told', async () => {
  await tells(inState(VmState.STARTING), synced);
  expect(await banger('vm wait web --timeout 1 --quiet')).toMatchObject({
    code: 8,
    stderr: expect.stringContaining('vm web is not running after 1 s'),
  });
});
