import { expect, test } from '@jest/globals';
import type { BangerError } from '../../../lib/errors.js';
import { addressPool } from './address-pool.js';
import { checkNatRule } from './nat-rule.js';

const pool = addressPool('10.77.0.0/16');
const fieldsOf = (rule: { address: string; link: string }) => {
  try {
    checkNatRule('turn NAT on', rule, pool);
    return [];
  } catch (error) {
    return (error as BangerError).fields.map(({ field }) => field);
  }
};

test('an address outside the pool behind a plain interface is right', () => {
  expect(fieldsOf({ address: '172.16.0.2', link: 'veth-a.1' })).toEqual([]);
});

test('both mistakes are told at once', () => {
  expect(fieldsOf({ address: '', link: '' })).toEqual(['ipv4_address', 'tap']);
});

test.each(['a'.repeat(16), '..', '.', 'a/b', 'a b', 'tap*', '"', 'ä'])('%j is no interface', (link) => {
  expect(fieldsOf({ address: '172.16.0.2', link })).toEqual(['tap']);
});

test.each(['10.77.0.10', '10.77.0.1'])('%s belongs to the pool of VMs', (address) => {
  expect(fieldsOf({ address, link: 'tap0' })).toEqual(['ipv4_address']);
});

test.each(['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', 'nonsense'])('%s is no host’s', (address) => {
  expect(fieldsOf({ address, link: 'tap0' })).toEqual(['ipv4_address']);
});
