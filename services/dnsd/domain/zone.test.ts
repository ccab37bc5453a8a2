import { expect, test } from '@jest/globals';
import { parsePrefix } from './ipv4.js';
import { recordText } from './records.js';
import { Zone } from './zone.js';

const vms = [
  { name: 'web', address: '10.77.0.10' },
  { name: 'db', address: '10.77.1.11' },
  { name: 'far', address: '192.0.2.7' },
];
const zone = new Zone({ serial: 7, vms, pool: parsePrefix('10.77.0.0/16') });
const find = (name: string) => zone.find(name === '' ? [] : name.split('.'));

test.each([
  ['web.vm', ['10.77.0.10']],
  ['api.web.vm', ['10.77.0.10']],
  ['very.deep.api.web.vm', ['10.77.0.10']],
  ['far.vm', ['192.0.2.7']],
  ['10.0.77.10.in-addr.arpa', ['web.vm.']],
  ['0.77.10.in-addr.arpa', []],
  ['vm', ['vm. nobody.invalid. 7 3600 1200 604800 1', 'vm.']],
  ['77.10.in-addr.arpa', ['77.10.in-addr.arpa. nobody.invalid. 7 3600 1200 604800 1', '77.10.in-addr.arpa.']],
])('%s exists with %j', (name, texts) => {
  const found = find(name);
  expect(found.kind).toBe('exists');
  expect(found.kind === 'exists' && found.records.map(recordText)).toEqual(texts);
});

test.each([
  ['mail.vm', 'vm'],
  ['web.mail.vm', 'vm'],
  ['77.10.vm', 'vm'],
  ['11.0.77.10.in-addr.arpa', '77.10.in-addr.arpa'],
  ['2.77.10.in-addr.arpa', '77.10.in-addr.arpa'],
  ['x.10.0.77.10.in-addr.arpa', '77.10.in-addr.arpa'],
])('%s is missing in %s', (name, apex) => {
  expect(find(name)).toEqual({ kind: 'missing', zone: apex });
});

test.each(['', 'com', 'vm.com', 'xvm', 'in-addr.arpa', '10.in-addr.arpa', '7.2.0.192.in-addr.arpa', 'arpa'])(
  '"%s" is not ours',
  (name) => {
    expect(find(name)).toEqual({ kind: 'outside' });
  },
);

test('before the first snapshot nothing is said of our names, and before the pool is known addresses have none', () => {
  const early = new Zone({ serial: 1, vms: undefined, pool: undefined });
  expect(early.find(['web', 'vm'])).toEqual({ kind: 'not-loaded' });
  expect(early.find(['10', '0', '77', '10', 'in-addr', 'arpa'])).toEqual({ kind: 'outside' });
});

test('a pool of one address has its pointer at the top of its zone', () => {
  const tiny = new Zone({ serial: 1, vms, pool: parsePrefix('10.77.0.10/32') });
  const found = tiny.find('10.0.77.10.in-addr.arpa'.split('.'));
  expect(found.kind === 'exists' && found.records.map((record) => record.type)).toEqual(['SOA', 'NS', 'PTR']);
});

test('the list has every record, by name', () => {
  const lines = zone.records().map(({ name, data }) => `${name} ${data.type} ${recordText(data)}`);
  expect(lines).toEqual([
    '10.0.77.10.in-addr.arpa. PTR web.vm.',
    '11.1.77.10.in-addr.arpa. PTR db.vm.',
    '77.10.in-addr.arpa. SOA 77.10.in-addr.arpa. nobody.invalid. 7 3600 1200 604800 1',
    '77.10.in-addr.arpa. NS 77.10.in-addr.arpa.',
    'db.vm. A 10.77.1.11',
    'far.vm. A 192.0.2.7',
    'vm. SOA vm. nobody.invalid. 7 3600 1200 604800 1',
    'vm. NS vm.',
    'web.vm. A 10.77.0.10',
  ]);
});
