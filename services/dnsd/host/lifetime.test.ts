import { expect, test } from '@jest/globals';
import { nameBytes, queryMessage, uint16s } from '../testing/messages.js';
import { replyMessage, type WrittenRecord } from '../testing/records.js';
import { lifetimeOf } from './lifetime.js';
import { readMessage } from './wire.js';

const query = queryMessage('www.example.com');
const four = Buffer.from([192, 0, 2, 1]);
const address = (ttl: number): WrittenRecord => ({ owner: 12, type: 1, ttl, data: four });
const alias = (ttl: number): WrittenRecord => ({ owner: 12, type: 5, ttl, data: nameBytes('web.example.com') });
const soa = (ttl: number, minimum: number): WrittenRecord => {
  const timers = uint16s(0, 1, 0, 2, 0, 3, 0, 4, minimum >>> 16, minimum & 0xffff);
  return { owner: 16, type: 6, ttl, data: Buffer.concat([nameBytes('ns.example.com'), uint16s(0xc010), timers]) };
};
const ns: WrittenRecord = { owner: 16, type: 2, ttl: 900, data: nameBytes('ns.example.com') };

const [ok, nxdomain] = [0x8180, 0x8183];

test.each<[string, number, Parameters<typeof replyMessage>[1]]>([
  ['the least TTL of the answer', 30, { answer: [alias(300), address(30)] }],
  ['no more than an hour', 3_600, { answer: [address(86_400)] }],
  ['not at all with a TTL of 0', 0, { answer: [address(0), address(60)] }],
  ['a denial by the lesser of the TTL of the SOA', 20, { authority: [soa(20, 50)] }],
  ['and its minimum', 50, { authority: [soa(300, 50)] }],
  ['no more than a minute', 60, { flags: nxdomain, authority: [soa(900, 900)] }],
  ['a denial behind an alias', 10, { flags: nxdomain, answer: [alias(10)], authority: [soa(40, 40)] }],
  ['an alias of what has no such record', 40, { answer: [alias(300)], authority: [soa(40, 40)] }],
  ['a denial without SOA not at all', 0, { flags: nxdomain }],
  ['an alias that leads nowhere not at all', 0, { answer: [alias(300)] }],
  ['a referral not at all', 0, { authority: [ns] }],
  ['an SOA that is cut not at all', 0, { authority: [{ owner: 16, type: 6, data: Buffer.alloc(3) }] }],
  ['a truncated reply not at all', 0, { flags: ok | 0x0200, answer: [address(60)] }],
  ['SERVFAIL for a second', 1, { flags: 0x8182 }],
  ['REFUSED for a second', 1, { flags: 0x8185 }],
  ['FORMERR not at all', 0, { flags: 0x8181 }],
])('it is kept: %s', (_what, seconds, parts) => {
  const message = readMessage(replyMessage(query, { flags: ok, ...parts }));
  expect(message && lifetimeOf(message)).toBe(seconds);
});
