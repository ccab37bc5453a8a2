import { expect, test } from '@jest/globals';
import { type CreateVmRequest, type DeleteVmRequest, DeleteVmResponse } from '../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../lib/clock.js';
import { BangerError } from '../../lib/errors.js';
import { aborted, banger, serveVmm, web } from '../../test/fakes/command-line.js';

interface Seen {
  readonly created: CreateVmRequest[];
  readonly deleted: DeleteVmRequest[];
  readonly ran: string[][];
}

/** A vmm whose guests end every command with 5, unless they are to run for ever. */
async function serveGuests({ forever = false, fails = false } = {}): Promise<Seen> {
  const seen: Seen = { created: [], deleted: [], ran: [] };
  await serveVmm({
    createVm(request) {
      seen.created.push(request);
      if (fails) throw new BangerError('not-found', 'IMAGE_NOT_FOUND', 'there is no such image');
      return { vm: { ...web, name: request.name } };
    },
    deleteVm(request) {
      seen.deleted.push(request);
      return DeleteVmResponse.fromPartial({});
    },
    async *exec(requests, { signal }) {
      for await (const { request } of requests) {
        if (request?.$case !== 'command') continue;
        seen.ran.push([request.value.name, ...request.value.arguments]);
        yield { response: { $case: 'started', value: { pid: 1 } } };
        if (forever) await aborted(signal);
        yield { response: { $case: 'exited', value: { exitCode: 5, signal: '', timedOut: false } } };
        return;
      }
    },
  });
  return seen;
}

test('a VM is made, runs the command, and goes', async () => {
  const seen = await serveGuests();
  const result = await banger('run debian --rm --nat --memory 1G --no-input -- make test');
  expect(result).toMatchObject({ code: 5, stdout: '' });
  const [request] = seen.created;
  expect(request).toMatchObject({ wait: true, spec: { image: 'debian', nat: true, memoryMib: 1024 } });
  expect(request?.name).toMatch(/^run-[0-9a-f]{8}$/);
  expect(seen.ran).toEqual([[request?.name, 'make', 'test']]);
  expect(seen.deleted).toMatchObject([{ name: request?.name, force: true, purge: true, wait: true }]);
});

test('what it reaches and its labels are those of the VM', async () => {
  const seen = await serveGuests();
  await banger('run debian --rm --nat --egress allow:deb.example:80 --label app=ci --no-input -- true');
  expect(seen.created).toMatchObject([
    {
      spec: {
        labels: { app: 'ci' },
        policy: { egress: [{ destination: 'deb.example', port: 80 }] },
      },
    },
  ]);
});

test('without --rm it stays, and that is told', async () => {
  const seen = await serveGuests();
  const result = await banger('run debian --name box --no-input -- true');
  expect(result).toMatchObject({ code: 5, stderr: expect.stringContaining('banger vm delete --force box') });
  expect(seen).toMatchObject({ deleted: [], ran: [['box', 'true']] });
});

test('it goes also when the command is ended by Ctrl-C, or the VM could not be made', async () => {
  const seen = await serveGuests({ forever: true });
  const result = await banger('run debian --rm --no-input -- sleep 9', ({ interrupt }) => {
    void pollUntil(() => seen.ran.length > 0, { what: 'it runs', timeoutMs: 60_000 }).then(() => {
      // The first goes to the command, which hears none.
      interrupt();
      interrupt();
    });
  });
  expect(result.code).toBe(130);
  expect(seen.deleted).toHaveLength(1);
});

test('what could not be made is told, and nothing is left', async () => {
  const seen = await serveGuests({ fails: true });
  expect(await banger('run no --rm -- true')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('no such image'),
  });
  expect(seen).toMatchObject({ ran: [], deleted: [{ force: true }] });
});

test('a command is needed', async () => {
  expect(await banger('run debian --rm')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('COMMAND is missing'),
  });
});
