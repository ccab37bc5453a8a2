import { expect, test } from '@jest/globals';
import type { GuestAnswer } from '../app/ports.js';
import { answerMessage, flags, queryMessage } from '../testing/messages.js';
import { readQuery } from './codec.js';
import { GuestResolver } from './guest-resolver.js';

const message = queryMessage('Example.com');
const asker = { address: '10.77.0.10', transport: 'udp' } as const;

function ask(resolver: GuestResolver) {
  const query = readQuery(message);
  if (query === undefined) throw new Error('the message is too short');
  return resolver.forward(query, asker, 1232);
}

test('who wants to hear of addresses hears of them before the guest does', async () => {
  const heard: GuestAnswer[] = [];
  let goOn = () => {};
  const resolver = new GuestResolver({
    forward: async (query) => answerMessage(query.message),
    onGuestAnswer: (answer) => {
      heard.push(answer);
      return new Promise((resolve) => {
        goOn = resolve;
      });
    },
  });
  let got = false;
  const reply = ask(resolver).finally(() => {
    got = true;
  });
  await new Promise(setImmediate);
  expect(heard).toEqual([{ asker: '10.77.0.10', name: 'example.com', addresses: ['192.0.2.1'], ttlSeconds: 60 }]);
  expect(got).toBe(false);
  goOn();
  expect(await reply).toEqual(answerMessage(message));
});

test('an answer without addresses is told to nobody', async () => {
  const onGuestAnswer = async () => {
    throw new Error('told');
  };
  const empty = answerMessage(message, { count: 0, flags: flags.response | 3 });
  expect(await ask(new GuestResolver({ forward: async () => empty, onGuestAnswer }))).toBe(empty);
  expect(await ask(new GuestResolver({ forward: async () => undefined, onGuestAnswer }))).toBeUndefined();
});

test('a guest gets no addresses that whoever has to hear of them could not take', async () => {
  const forward = async () => answerMessage(message);
  const failing = new GuestResolver({ forward, onGuestAnswer: () => Promise.reject(new Error('netd is away')) });
  await expect(ask(failing)).rejects.toThrow('netd is away');
  const silent = new GuestResolver({ forward, onGuestAnswer: () => new Promise(() => {}) });
  await expect(ask(silent)).rejects.toThrow('no answer within 1000 ms');
});
