import { expect, test } from '@jest/globals';
import { ListTrashResponse, Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { banger, serveVmm, web } from '../../../test/fakes/command-line.js';

const labelled = (name: string, labels: Record<string, string>) =>
  Vm.fromPartial({ ...web, name, spec: { ...web.spec, labels } });

test('names of VMs from all pages, of deleted ones, and their labels, each once', async () => {
  await serveVmm({
    listVms: ({ pageToken }) =>
      pageToken === ''
        ? { vms: [labelled('web', { tier: 'front', app: 'shop' })], nextPageToken: 'more' }
        : { vms: [labelled('db', { app: 'shop', old: '' })], nextPageToken: '' },
    listTrash: () => ListTrashResponse.fromPartial({ vms: [{ name: 'gone' }] }),
  });
  const names = async (kind: string) => (await banger(`internal names ${kind}`)).stdout.split('\n').slice(0, -1);
  expect(await names('vm')).toEqual(['web', 'db']);
  expect(await names('trash')).toEqual(['gone']);
  expect(await names('label')).toEqual(['app=shop', 'old=', 'tier=front']);
  expect(await names('label-key')).toEqual(['app', 'old', 'tier']);
  expect((await banger('internal names x')).code).toBe(2);
});
