import { expect, test } from '@jest/globals';
import { GuestLedger } from './guest-counts.js';

test('what a VM asks is counted under its name, and an address that goes to another begins anew', () => {
  const names = new Map([
    ['10.77.0.10', 'web'],
    ['10.77.0.11', 'db'],
  ]);
  const ledger = new GuestLedger((address) => names.get(address));
  for (const outcome of ['asked', 'asked', 'forwarded'] as const) ledger.count('10.77.0.10', outcome);
  ledger.count('10.77.0.11', 'limited');
  ledger.count('10.77.0.12', 'asked');
  const web = { name: 'web', address: '10.77.0.10', asked: 2, forwarded: 1, remembered: 0, failed: 0, limited: 0 };
  const db = { name: 'db', address: '10.77.0.11', asked: 0, forwarded: 0, remembered: 0, failed: 0, limited: 1 };
  expect(ledger.guests()).toEqual([db, web]);
  names.set('10.77.0.10', 'new');
  names.delete('10.77.0.11');
  expect(ledger.guests()).toEqual([]);
  ledger.count('10.77.0.10', 'asked');
  expect(ledger.guests()).toMatchObject([{ name: 'new', asked: 1, forwarded: 0 }]);
});
