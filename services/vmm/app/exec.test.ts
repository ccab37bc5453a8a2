import { beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { creation, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { type ExecCommand, type ExecRequest, type ExecResponse, exec } from './exec.js';
import { killVm } from './kill-vm.js';
import { pauseVm } from './pause-vm.js';

/** A VM runs; in its fake guest every command is cat(1). */
let world: FakeWorld;

beforeEach(async () => {
  world = new FakeWorld();
  await createVm(world.vmm, creation());
});

const command: ExecCommand = { name: 'web', argv: ['cat'], environment: {}, workingDirectory: '', user: '' };
const first: ExecRequest = { kind: 'command', command };
const stdin = (text: string): ExecRequest => ({ kind: 'stdin', data: Buffer.from(text) });

/** Requests that do not end. */
async function* open(...requests: ExecRequest[]): AsyncIterable<ExecRequest> {
  yield* requests;
  await new Promise(() => undefined);
}

async function* closed(...requests: ExecRequest[]): AsyncIterable<ExecRequest> {
  yield* requests;
}

async function all(requests: AsyncIterable<ExecRequest>, signal = never): Promise<ExecResponse[]> {
  const responses = [];
  for await (const response of exec(world.vmm, requests, signal)) responses.push(response);
  return responses;
}

const written = (responses: readonly ExecResponse[]) =>
  responses.flatMap((each) => (each.kind === 'output' ? [`${each.stream}:${Buffer.from(each.data)}`] : []));

test('it runs with what it is given, and tells what it writes and how it ends', async () => {
  world.shells.onStart = (process) => process.say('stderr', 'warning');
  const responses = await all(closed(first, stdin('a'), stdin('b')));
  expect(responses[0]).toEqual({ kind: 'started', pid: 1 });
  expect(written(responses)).toEqual(['stderr:warning', 'stdout:a', 'stdout:b']);
  expect(responses.at(-1)).toEqual({ kind: 'exited', code: 0, timedOut: false });
  expect(world.shells.started[0]?.guest).toMatchObject({
    user: 'root',
    hostKey: 'ssh-ed25519 HOST1',
    address: '10.77.0.10',
  });
});

test('the end of its input may come before the end of the requests', async () => {
  expect((await all(open(first, { kind: 'end-of-input' }))).at(-1)).toMatchObject({ kind: 'exited', code: 0 });
});

test('signals and the size of the terminal go to it', async () => {
  const size = { columns: 100, rows: 30 };
  const terminal = { ...size, type: 'xterm' };
  const responses = await all(
    open(
      { kind: 'command', command: { ...command, terminal } },
      { kind: 'terminal-size', size },
      { kind: 'signal', name: 'INT' },
    ),
  );
  expect(responses.at(-1)).toEqual({ kind: 'exited', code: 130, signal: 'INT', timedOut: false });
  expect(world.shells.started[0]).toMatchObject({ command: { terminal }, process: { size } });
});

test('it ends when its time is up, and that is told', async () => {
  const responses = await all(open({ kind: 'command', command: { ...command, timeoutMs: 1 } }));
  expect(responses.at(-1)).toEqual({ kind: 'exited', code: 129, signal: 'HUP', timedOut: true });
});

test('it ends with its caller', async () => {
  const gone = new AbortController();
  const running = all(open(first), gone.signal);
  await pollUntil(() => world.shells.started[0], { what: 'it runs', timeoutMs: 60_000 });
  gone.abort(new Error('gone'));
  await expect(running).rejects.toThrow('gone');
  expect(world.shells.started[0]?.process.isAbandoned).toBe(true);
});

test('a request that is wrong ends it', async () => {
  const wrong: readonly ExecRequest[] = [
    { kind: 'signal', name: 'SEGV' },
    { kind: 'terminal-size', size: { columns: 0, rows: 1 } },
    first,
  ];
  for (const request of wrong)
    await expect(all(open(first, request))).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  expect(world.shells.started.map(({ process }) => process.isAbandoned)).toEqual([true, true, true]);
});

test('the first request says all, or nothing is run', async () => {
  const mistakes = { name: '', argv: [], environment: {}, workingDirectory: 'x', user: '' };
  await expect(all(open({ kind: 'command', command: mistakes }))).rejects.toMatchObject({
    fields: [{ field: 'name' }, { field: 'arguments' }, { field: 'working_directory' }],
  });
  for (const requests of [closed(), open(stdin('a'))])
    await expect(all(requests)).rejects.toMatchObject({ fields: [{ field: 'command' }] });
  expect(world.shells.started).toEqual([]);
});

test('only a guest that answers runs anything', async () => {
  await pauseVm(world.vmm, 'web', doWait);
  await expect(all(open(first))).rejects.toMatchObject({
    reason: 'VM_WRONG_STATE',
    message: expect.stringContaining('paused'),
  });
  await expect(all(open({ kind: 'command', command: { ...command, name: 'no' } }))).rejects.toMatchObject({
    reason: 'VM_NOT_FOUND',
  });
});

test('whoever keeps a connection is told when the guest is gone', async () => {
  await all(closed(first));
  const gone = world.shells.started[0]?.guest.gone;
  expect(gone?.aborted).toBe(false);
  await killVm(world.vmm, 'web', doWait);
  expect(gone?.aborted).toBe(true);
});
