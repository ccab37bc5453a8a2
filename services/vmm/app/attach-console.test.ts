import { beforeEach, expect, test } from '@jest/globals';
import { creation, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { hypervisorUnresponsive } from '../domain/errors.js';
import { attachConsole, type ConsoleRequest } from './attach-console.js';
import { createVm } from './create-vm.js';
import { killVm } from './kill-vm.js';

/** A VM runs; its fake guest echoes what it reads. */
let world: FakeWorld;
let uid: string;

beforeEach(async () => {
  world = new FakeWorld();
  ({ uid } = await createVm(world.vmm, creation()));
  world.consoles.texts.set(uid, 'login: ');
});

/** A caller who sends requests one by one. */
class Caller {
  readonly #waiting: ((request: IteratorResult<ConsoleRequest>) => void)[] = [];
  readonly #sent: Promise<IteratorResult<ConsoleRequest>>[] = [];
  readonly requests: AsyncIterable<ConsoleRequest> = {
    [Symbol.asyncIterator]: () => ({ next: () => this.#sent.shift() ?? this.#promise() }),
  };

  send(text: string, name = '', tailBytes = 0): void {
    this.#answer({ done: false, value: { name, data: Buffer.from(text), tailBytes } });
  }

  halfClose(): void {
    this.#answer({ done: true, value: undefined });
  }

  #promise(): Promise<IteratorResult<ConsoleRequest>> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #answer(request: IteratorResult<ConsoleRequest>): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(request);
    else this.#sent.push(Promise.resolve(request));
  }
}

function attach(caller: Caller, signal = never): AsyncIterator<Uint8Array> {
  return attachConsole(world.vmm, caller.requests, signal)[Symbol.asyncIterator]();
}

/** All that comes until there is this text. */
async function readUntil(console: AsyncIterator<Uint8Array>, text: string): Promise<string> {
  let read = '';
  while (!read.includes(text)) {
    const { done, value } = await console.next();
    if (done) throw new Error(`the console ended after ${JSON.stringify(read)}`);
    read += Buffer.from(value).toString();
  }
  return read;
}

async function readToEnd(console: AsyncIterator<Uint8Array>): Promise<string> {
  let read = '';
  for (;;) {
    const { done, value } = await console.next();
    if (done) return read;
    read += Buffer.from(value).toString();
  }
}

test('what is typed reaches the guest, its answer comes back, and the half-close ends it', async () => {
  const caller = new Caller();
  caller.send('', 'web');
  const console = attach(caller);
  expect((await console.next()).value).toHaveLength(0);
  const answer = readUntil(console, 'root');
  caller.send('root');
  expect(await answer).toBe('root');
  const rest = readToEnd(console);
  caller.send('!');
  caller.halfClose();
  expect(await rest).toBe('!');
  expect(world.hypervisors.faults.calls.filter((call) => call.endsWith('Keyboard'))).toEqual([
    'openKeyboard',
    'closeKeyboard',
  ]);
});

test('the first request may type, and ask for what was written before', async () => {
  const caller = new Caller();
  caller.send('x', 'web', 3);
  caller.halfClose();
  expect(await readToEnd(attach(caller))).toBe('n: x');
});

test('the end of the VM ends it, with its last words', async () => {
  const caller = new Caller();
  caller.send('', 'web');
  const console = attach(caller);
  await console.next();
  const rest = readToEnd(console);
  world.hypervisors.host.guestPowersOff(uid);
  expect(await rest).toContain('reboot: Power down');
});

test.each([
  ['no name', '', 0, 'name'],
  ['a negative tail', 'web', -1, 'tail_bytes'],
  ['too long a tail', 'web', 1024 * 1024 + 1, 'tail_bytes'],
])('%s is refused', async (_what, name, tailBytes, field) => {
  const caller = new Caller();
  caller.send('', name, tailBytes);
  await expect(attach(caller).next()).rejects.toMatchObject({ reason: 'INVALID_REQUEST', fields: [{ field }] });
});

test('a caller who sends nothing, or asks for a VM that is not there or does not run, is told so', async () => {
  const silent = new Caller();
  silent.halfClose();
  await expect(attach(silent).next()).rejects.toMatchObject({ fields: [{ field: 'name' }] });
  const wrong = new Caller();
  wrong.send('', 'db');
  await expect(attach(wrong).next()).rejects.toMatchObject({ reason: 'VM_NOT_FOUND' });
  await killVm(world.vmm, 'web', doWait);
  const early = new Caller();
  early.send('', 'web');
  await expect(attach(early).next()).rejects.toMatchObject({ reason: 'VM_WRONG_STATE' });
});

test('a keyboard that fails ends it with the reason, after what the guest has written', async () => {
  const caller = new Caller();
  caller.send('', 'web');
  const console = attach(caller);
  await console.next();
  world.hypervisors.faults.failOnce('type', hypervisorUnresponsive('type', 'does not answer'));
  const rest = readToEnd(console);
  caller.send('root');
  await expect(rest).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
  expect(world.hypervisors.faults.calls).toContain('closeKeyboard');
});

test('a keyboard that fails because the VM has ended is no failure', async () => {
  const caller = new Caller();
  caller.send('', 'web');
  const console = attach(caller);
  await console.next();
  world.hypervisors.host.crash(uid);
  caller.send('root');
  expect(await readToEnd(console)).toBe('');
});

test('a caller who goes ends it', async () => {
  const caller = new Caller();
  caller.send('', 'web');
  const gone = new AbortController();
  const console = attach(caller, gone.signal);
  await console.next();
  const rest = readToEnd(console);
  gone.abort();
  expect(await rest).toBe('');
  expect(world.hypervisors.faults.calls).toContain('closeKeyboard');
});
