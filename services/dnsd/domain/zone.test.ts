import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { poolOf, tableOf, zoneOf } from '../testing/zones.js';
import { recordText } from './records.js';
import { reverseName, reversePath } from './reverse-zone.js';
import { Zone } from './zone.js';

const vms = [
  { name: 'web', address: '10.77.0.10', aliases: ['www', 'db'], ipv6Address: 'fd00:77::a' },
  { name: 'db', address: '10.77.1.11' },
  { name: 'far', address: '192.0.2.7' },
];
const zone = zoneOf(vms, ['10.77.0.0/16', 'fd00:77::/64']);
const six = `a${'.0'.repeat(23)}.7.7.0.0.0.0.d.f.ip6.arpa`;
const sixApex = '0.0.0.0.0.0.0.0.7.7.0.0.0.0.d.f.ip6.arpa';
const find = (name: string) => zone.find(name === '' ? [] : name.split('.'));

test.each([
  ['web.vm', ['10.77.0.10', 'fd00:77::a']],
  ['api.web.vm', ['10.77.0.10', 'fd00:77::a']],
  ['very.deep.api.web.vm', ['10.77.0.10', 'fd00:77::a']],
  ['www.vm', ['10.77.0.10', 'fd00:77::a']],
  ['api.www.vm', ['10.77.0.10', 'fd00:77::a']],
  ['db.vm', ['10.77.1.11']],
  ['far.vm', ['192.0.2.7']],
  ['10.0.77.10.in-addr.arpa', ['web.vm.']],
  ['0.77.10.in-addr.arpa', []],
  [six, ['web.vm.']],
  [six.slice(2), []],
  [`0.${sixApex}`, []],
  [sixApex, [`${sixApex}. nobody.invalid. 7 3600 1200 604800 1`, `${sixApex}.`]],
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
  [`b${six.slice(1)}`, sixApex],
  [`A${six.slice(1)}`, sixApex],
  [`0.${six}`, sixApex],
  [`1.${sixApex}`, sixApex],
])('%s is missing in %s', (name, apex) => {
  expect(find(name)).toMatchObject({ kind: 'missing', denial: { zone: apex } });
});

test.each([
  '',
  'com',
  'vm.com',
  'xvm',
  'in-addr.arpa',
  '10.in-addr.arpa',
  '7.2.0.192.in-addr.arpa',
  'arpa',
  'ip6.arpa',
  `1${sixApex.slice(1)}`,
])('"%s" is not ours', (name) => {
  expect(find(name)).toEqual({ kind: 'outside' });
});

test('before the first snapshot nothing is said of our names, and before the pools are known nothing of addresses', () => {
  const pools = [poolOf('10.77.0.0/16')];
  const early = new Zone({ serial: 1, names: undefined, pools });
  const poolless = new Zone({ serial: 1, names: tableOf(vms), pools: undefined });
  const address = '10.0.77.10.in-addr.arpa'.split('.');
  expect(early.find(['web', 'vm'])).toEqual({ kind: 'not-loaded' });
  expect(early.find(address)).toEqual({ kind: 'not-loaded' });
  expect(poolless.find(['web', 'vm']).kind).toBe('exists');
  expect(poolless.find(address)).toEqual({ kind: 'not-loaded' });
  expect(poolless.find(six.split('.'))).toEqual({ kind: 'not-loaded' });
  expect(poolless.find(['example', 'com'])).toEqual({ kind: 'outside' });
});

test('a pool of one address has its pointer at the top of its zone', () => {
  const found = zoneOf(vms, ['10.77.0.10/32']).find('10.0.77.10.in-addr.arpa'.split('.'));
  expect(found.kind === 'exists' && found.records.map((record) => record.type)).toEqual(['SOA', 'NS', 'PTR']);
});

test('the same question gets the same objects, so that what is made of them can be kept', () => {
  for (const name of ['web.vm', 'vm', 'mail.vm', '10.0.77.10.in-addr.arpa']) {
    const [one, other] = [find(name), find(name)];
    if (one.kind === 'exists' && other.kind === 'exists') expect(one.records[0]).toBe(other.records[0]);
    if ('denial' in one && 'denial' in other) expect(one.denial).toBe(other.denial);
  }
});

test('the list has every record, by name', () => {
  const lines = zone.records().map(({ name, data }) => `${name} ${data.type} ${recordText(data)}`);
  expect(lines).toEqual([
    `${sixApex}. SOA ${sixApex}. nobody.invalid. 7 3600 1200 604800 1`,
    `${sixApex}. NS ${sixApex}.`,
    '10.0.77.10.in-addr.arpa. PTR web.vm.',
    '11.1.77.10.in-addr.arpa. PTR db.vm.',
    '77.10.in-addr.arpa. SOA 77.10.in-addr.arpa. nobody.invalid. 7 3600 1200 604800 1',
    '77.10.in-addr.arpa. NS 77.10.in-addr.arpa.',
    `${six}. PTR web.vm.`,
    'db.vm. A 10.77.1.11',
    'far.vm. A 192.0.2.7',
    'vm. SOA vm. nobody.invalid. 7 3600 1200 604800 1',
    'vm. NS vm.',
    'web.vm. A 10.77.0.10',
    'web.vm. AAAA fd00:77::a',
    'www.vm. A 10.77.0.10',
    'www.vm. AAAA fd00:77::a',
  ]);
});

const labels = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const anyVm = fc.record(
  {
    name: labels,
    aliases: fc.uniqueArray(labels, { maxLength: 3 }),
    address: fc.nat(300).map((n) => `10.77.${n >> 8}.${n & 255}`),
    ipv6Address: fc.nat(0xfff).map((n) => `fd00:77::${n.toString(16)}`),
  },
  { requiredKeys: ['name', 'aliases', 'address'] },
);

test('whatever VMs there are: names forward and back agree, and every name above one that exists, exists', () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyVm, { maxLength: 6, selector: (vm) => vm.name }), (all) => {
      const any = zoneOf(all, ['10.77.0.0/20', 'fd00:77::/61']);
      const texts = (name: string) => {
        const found = any.find(name.split('.'));
        return found.kind === 'exists' ? found.records.map(recordText) : found.kind;
      };
      for (const vm of all) {
        const mine = [vm.address, ...(vm.ipv6Address ? [vm.ipv6Address] : [])];
        expect(texts(`${vm.name}.vm`)).toEqual(mine);
        expect(texts(`x.${vm.name}.vm`)).toEqual(mine);
        for (const family of ['ipv4', 'ipv6'] as const) {
          const path = reversePath(family, family === 'ipv4' ? vm.address : (vm.ipv6Address ?? ''));
          if (path === undefined) continue;
          const [host = ''] = texts(reverseName(family, path));
          expect(all.map(({ name }) => `${name}.vm.`)).toContain(host);
          expect(texts(host.slice(0, -1))).toContain(family === 'ipv4' ? vm.address : vm.ipv6Address);
          for (let above = reverseName(family, path).split('.').slice(1); above.length > 0; above = above.slice(1)) {
            expect(any.find(above).kind).not.toBe('missing');
          }
        }
      }
    }),
  );
});
