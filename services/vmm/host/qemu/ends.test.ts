import { expect, test } from '@jest/globals';
import { type EndFacts, endOf } from './ends.js';

const panicked = { cause: 'panicked', detail: 'Kernel panic - not syncing: x' } as const;
const facts: EndFacts = { shutdown: undefined, endedByUs: false, said: undefined, lastWords: 'abort' };
const off = { guest: true, reason: 'guest-shutdown' };
const reset = { guest: true, reason: 'guest-reset' };

test.each<[string, Partial<EndFacts>, object]>([
  ['a power-off', { shutdown: off, said: { cause: 'powered-off' } }, { cause: 'powered-off' }],
  ['a power-off without a word', { shutdown: off }, { cause: 'powered-off' }],
  ['a power-off as we ended it', { shutdown: off, endedByUs: true }, { cause: 'powered-off' }],
  ['a reboot', { shutdown: reset, said: { cause: 'rebooted' } }, { cause: 'rebooted' }],
  ['a reset without a word', { shutdown: reset }, { cause: 'rebooted' }],
  ['a panic', { shutdown: reset, said: panicked }, panicked],
  ['our own end', { shutdown: { guest: false, reason: 'host-qmp-quit' }, endedByUs: true }, { cause: 'ended' }],
  ['our own end, with force', { endedByUs: true }, { cause: 'ended' }],
  [
    'a signal',
    { shutdown: { guest: false, reason: 'host-signal' } },
    { cause: 'crashed', detail: 'something else ended it (host-signal)' },
  ],
  ['a crash', {}, { cause: 'crashed', detail: 'abort' }],
  ['an end that only the guest told of', { said: { cause: 'rebooted' } }, { cause: 'rebooted' }],
])('%s is told', (_what, known, end) => {
  expect(endOf({ ...facts, ...known })).toEqual(end);
});
