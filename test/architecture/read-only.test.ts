import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readOnlyMethods } from '../../gen/read-only.js';
import { serviceNames } from '../../lib/paths.js';
import { grants } from '../../lib/rpc/access.js';

/** What readers and services may call, held against the contract and against what services do call. */

/** Methods whose name promises that they only tell something, and that are kept from readers. */
const forAdminsAlone: Readonly<Record<string, string>> = {
  GetGuestData: 'tells what a guest was given at its creation, which may be secrets',
  GetSshAccess: 'makes the key if there is none, and hands out the way to log in as root',
};
const readsByName = /^(Find|Get|List|Watch|Stream|Check|Describe|Explain)[A-Z]/;

const files = readdirSync('proto/banger', { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.proto'),
);
const text = files.map((name) => readFileSync(`proto/banger/${name}`, 'utf8')).join('\n');
const methods = [...text.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, name = '']) => name);
const reads = new Set([...readOnlyMethods].map((path) => path.split('/')[2] ?? ''));

test('the contract has methods of both kinds', () => {
  expect(methods.length).toBeGreaterThan(reads.size);
  expect(reads.size).toBeGreaterThan(20);
});

test('a method that only tells something says so by its idempotency_level, or is listed with a reason', () => {
  const silent = methods.filter((name) => readsByName.test(name) && !reads.has(name));
  expect(silent.sort()).toEqual(Object.keys(forAdminsAlone).sort());
});

test('no method whose name says that it changes something is for readers', () => {
  expect([...reads].filter((name) => !readsByName.test(name))).toEqual([]);
});

/** The services that the peers of one are clients of: `createClient(…, 'netd', …)`, and those named after a service. */
function calledBy(service: string): string[] {
  const folder = `services/${service}/peers`;
  const names = (() => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  })();
  const sources = names
    .filter((name) => !name.endsWith('.test.ts'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  const called = sources.flatMap((source) => [...source.matchAll(/createClient\(\w+, '(\w+)'/g)]);
  return [...new Set(called.map(([, name = '']) => name))].sort();
}

test.each(serviceNames)('%s is granted the calls of the services that it has as peers, and no others', (service) => {
  const granted = Object.entries(grants).filter(([, callers]) => callers?.[service] !== undefined);
  expect(granted.map(([called]) => called).sort()).toEqual(calledBy(service));
});

test('what is granted by name is in the contract', () => {
  const named = Object.values(grants).flatMap((callers) => Object.values(callers ?? {}).flatMap(({ calls }) => calls));
  expect(named.filter((name) => name !== 'all' && !methods.includes(name))).toEqual([]);
});
