import { expect, test } from '@jest/globals';
import { queryMessage } from '../testing/messages.js';
import { name, replyMessage, type WrittenRecord } from '../testing/records.js';
import { addressesIn } from './answered.js';
import { readMessage } from './wire.js';

const query = queryMessage('WWW.example.com');
const four = Buffer.from([192, 0, 2, 1]);
const six = Buffer.from('20010db8000000000000000000000001', 'hex');
/** Where the question's name, and "example.com" in it, stand. */
const [question, domain] = [12, 16];

function found(answer: readonly WrittenRecord[], flags = 0x8000) {
  const message = readMessage(replyMessage(query, { flags, answer }));
  if (message === undefined) throw new Error('the message cannot be read');
  return addressesIn(message);
}

test('aliases are followed through compressed names and any spelling', () => {
  const web = Buffer.concat([Buffer.from([3]), Buffer.from('WEB'), name(domain)]);
  const answer = [
    { owner: question, type: 5, ttl: 30, data: web },
    { owner: 'web.EXAMPLE.com', type: 1, data: four },
    { owner: 'web.example.com', type: 28, data: six },
    { owner: 'other.example.com', type: 1, data: Buffer.from([6, 6, 6, 6]) },
  ];
  expect(found(answer)).toEqual({ addresses: ['192.0.2.1', '2001:db8::1'], ttlSeconds: 30 });
});

test('what is no address, of another class, or no answer, does not count', () => {
  expect(found([{ owner: question, type: 1, data: six }])).toBeUndefined();
  expect(found([{ owner: question, type: 1, class: 3, data: four }])).toBeUndefined();
  expect(found([{ owner: question, type: 16, data: four }])).toBeUndefined();
  expect(found([{ owner: question, type: 1, data: four }], 0x8003)).toBeUndefined();
  const elsewhere = [{ owner: question, type: 1, data: four }];
  const message = readMessage(replyMessage(query, { authority: elsewhere, additional: elsewhere }));
  expect(message?.records).toHaveLength(2);
  expect(message && addressesIn(message)).toBeUndefined();
});

test('an alias to a name that is none leads nowhere', () => {
  const answer = [
    { owner: question, type: 5, data: Buffer.from([0xff, 0xff]) },
    { owner: question, type: 1, data: four },
  ];
  expect(found(answer)?.addresses).toEqual(['192.0.2.1']);
});
