import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../clock.js';
import { BangerError } from '../errors.js';
import { silentLog } from '../log.js';
import { tempFolder } from '../testing/temp-folder.js';
import { createClient } from './client.js';
import type { CallContext, RpcClient } from './contract.js';
import { bind, type RunningServer, serve } from './server.js';

/** Streams of requests, over a service of one method that says what its handler makes of them. */

const text = { serialize: (value: string) => Buffer.from(value), deserialize: (value: Buffer) => value.toString() };
const contract = {
  talk: {
    path: '/banger.test.Talk/Talk',
    requestStream: true,
    responseStream: true,
    requestSerialize: text.serialize,
    requestDeserialize: text.deserialize,
    responseSerialize: text.serialize,
    responseDeserialize: text.deserialize,
  },
} as const;

type Talk = (requests: AsyncIterable<string>, context: CallContext) => AsyncIterable<string>;

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: RunningServer;
let client: RpcClient<typeof contract>;

beforeEach(async () => {
  folder = await tempFolder();
});

afterEach(async () => {
  client.close();
  await server.stop(200);
  await folder.remove();
});

async function serveTalk(talk: Talk): Promise<void> {
  const socketPath = join(folder.path, 's.sock');
  server = await serve({ service: 'talk', socketPath, bindings: [bind(contract, { talk })], log: silentLog });
  client = createClient(contract, 'talk', socketPath);
}

async function* words(...given: string[]): AsyncIterable<string> {
  yield* given;
}

/** Says one word and nothing more, until it is told to go. */
function oneThenSilence(word = 'hello') {
  let go: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  async function* requests(): AsyncIterable<string> {
    yield word;
    await gone;
  }
  return { requests: requests(), go };
}

async function all(responses: AsyncIterable<string>): Promise<string[]> {
  const got: string[] = [];
  for await (const response of responses) got.push(response);
  return got;
}

const echo: Talk = async function* (requests) {
  for await (const request of requests) yield request.toUpperCase();
};

const big = 'x'.repeat(100_000);

test('requests and responses go both ways at the same time, and the caller’s half-close ends the requests', async () => {
  await serveTalk(async function* (requests) {
    yield 'ready';
    yield* echo(requests, undefined as never);
    yield 'bye';
  });
  const heard: string[] = [];
  const answers: ((word: string) => void)[] = [];
  async function* requests() {
    for (const word of ['a', 'b']) {
      const answered = new Promise<string>((resolve) => answers.push(resolve));
      yield word;
      heard.push(await answered);
    }
  }
  const got: string[] = [];
  for await (const response of client.talk(requests())) {
    got.push(response);
    if (response !== 'ready') answers.shift()?.(response);
  }
  expect(got).toEqual(['ready', 'A', 'B', 'bye']);
  expect(heard).toEqual(['A', 'B']);
});

test('a request is sent no sooner than the handler has room for it', async () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  await serveTalk(async function* (requests) {
    await opened;
    yield* echo(requests, undefined as never);
  });
  const total = 300;
  let made = 0;
  async function* requests() {
    for (; made < total; made++) yield big;
  }
  const received = all(client.talk(requests()));
  let before = -1;
  const still = () => {
    const same = made === before;
    before = made;
    return same && made > 0;
  };
  await pollUntil(still, { what: 'the requests come to a stop', timeoutMs: 60_000, everyMs: 500 });
  expect(made).toBeLessThan(total);
  open();
  expect(await received).toHaveLength(total);
});

test('a handler that needs no more requests answers all the same', async () => {
  await serveTalk(async function* (requests) {
    for await (const request of requests) {
      yield request;
      break;
    }
    for (let i = 0; i < 50; i++) yield big;
  });
  const { requests, go } = oneThenSilence();
  expect(await all(client.talk(requests))).toHaveLength(51);
  go();
});

test('an error reaches the caller although requests and responses are on their way', async () => {
  await serveTalk(async function* (requests) {
    for await (const _request of requests) {
      for (let i = 0; i < 50; i++) yield big;
      throw new BangerError('wrong-state', 'VM_WRONG_STATE', 'it is stopped');
    }
  });
  const { requests, go } = oneThenSilence();
  await expect(all(client.talk(requests))).rejects.toMatchObject({ reason: 'VM_WRONG_STATE' });
  go();
});

test('an error before any request was read reaches the caller', async () => {
  // biome-ignore lint/correctness/useYield: it fails before it has anything to say.
  await serveTalk(async function* () {
    throw new BangerError('not-found', 'VM_NOT_FOUND', 'no vm web');
  });
  const { requests, go } = oneThenSilence();
  await expect(all(client.talk(requests))).rejects.toMatchObject({ kind: 'not-found', reason: 'VM_NOT_FOUND' });
  go();
});

/** A handler that waits for requests, and tells with what they ended. */
function listener() {
  let told: (error: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    told = resolve;
  });
  const talk: Talk = async function* (requests) {
    yield 'ready';
    try {
      for await (const _request of requests);
      told(undefined);
    } catch (error) {
      told(error);
      throw error;
    }
  };
  return { talk, ended };
}

test('a caller who leaves ends the handler’s wait for requests', async () => {
  const { talk, ended } = listener();
  await serveTalk(talk);
  const { requests, go } = oneThenSilence();
  for await (const response of client.talk(requests)) {
    expect(response).toBe('ready');
    break;
  }
  expect(await ended).toMatchObject({ reason: 'CANCELLED' });
  go();
});

test('a caller’s signal ends the call with its own reason', async () => {
  const { talk, ended } = listener();
  await serveTalk(talk);
  const { requests, go } = oneThenSilence();
  const controller = new AbortController();
  const responses = client.talk(requests, { signal: controller.signal })[Symbol.asyncIterator]();
  await responses.next();
  controller.abort(new Error('enough'));
  await expect(responses.next()).rejects.toThrow('enough');
  expect(await ended).toMatchObject({ reason: 'CANCELLED' });
  go();
});

test('requests that fail end the call, and the caller gets their error', async () => {
  const { talk, ended } = listener();
  await serveTalk(talk);
  let answered: () => void = () => undefined;
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  async function* requests(): AsyncIterable<string> {
    yield 'hello';
    await answer;
    throw new Error('the terminal is gone');
  }
  const talking = async () => {
    for await (const _response of client.talk(requests())) answered();
  };
  await expect(talking()).rejects.toThrow('the terminal is gone');
  expect(await ended).toMatchObject({ reason: 'CANCELLED' });
});

test('a stopping server ends the wait for requests with SHUTTING_DOWN', async () => {
  const { talk, ended } = listener();
  await serveTalk(talk);
  const { requests, go } = oneThenSilence();
  const responses = client.talk(requests)[Symbol.asyncIterator]();
  await responses.next();
  const rest = responses.next();
  const stopped = server.stop();
  await expect(rest).rejects.toMatchObject({ kind: 'unavailable', reason: 'SHUTTING_DOWN' });
  expect(await ended).toMatchObject({ reason: 'SHUTTING_DOWN' });
  client.close();
  await stopped;
  go();
});

test('a passed deadline is told as for every call', async () => {
  const { talk } = listener();
  await serveTalk(talk);
  const { requests, go } = oneThenSilence();
  await expect(all(client.talk(requests, { deadlineMs: 200 }))).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  go();
});

test('an empty stream of requests is an end like any other', async () => {
  await serveTalk(echo);
  expect(await all(client.talk(words()))).toEqual([]);
});
