import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type ApiRequest, answerMistake, type Call, endpoints, pathOf } from './api.js';
import type { Endpoint, Field, Fields } from './api-types.js';

/** One row of the facts: what the real Firecracker takes. */
interface Fact extends Omit<Field, 'required' | 'words' | 'fields'> {
  readonly name: string;
  readonly required: boolean;
  readonly enum?: readonly string[];
  readonly fields?: readonly Fact[];
}

interface EndpointFact {
  readonly method: string;
  readonly path: string;
  readonly fields: readonly Fact[];
  readonly response?: readonly Fact[];
  readonly success: number;
}

const facts = JSON.parse(readFileSync('test/stand-in/firecracker-api.json', 'utf8')) as EndpointFact[];
const factOf = (call: string) => facts.find(({ method, path }) => `${method} ${path}` === call);

/** What the table and the facts must say alike of a field. */
const said = ({ type, required = false, since, ...rest }: Field | Fact) => ({
  type,
  required,
  since,
  words: [...(('enum' in rest ? rest.enum : 'words' in rest ? rest.words : undefined) ?? [])].sort(),
});

function disagreements(fields: Fields, known: readonly Fact[], where: string): string[] {
  const ours = Object.entries(fields).flatMap(([name, field]) => {
    const fact = known.find((each) => each.name === name);
    if (fact === undefined) return [`${where}: there is no ${name}`];
    const [mine, real] = [said(field), said(fact)].map((each) => JSON.stringify(each));
    const inside = field.fields && fact.fields ? disagreements(field.fields, fact.fields, `${where} ${name}`) : [];
    return [...(mine === real ? [] : [`${where} ${name}: ${mine} is in truth ${real}`]), ...inside];
  });
  const missing = known.filter((fact) => fact.required && !(fact.name in fields));
  return [...ours, ...missing.map((fact) => `${where}: ${fact.name} is required`)];
}

describe.each(Object.entries<Endpoint>(endpoints))('%s', (call, { body, answer }) => {
  const fact = factOf(call);

  test('exists', () => {
    expect(fact?.success).toBe(answer ? 200 : 204);
  });

  test('takes what we send', () => {
    expect(disagreements(body ?? {}, fact?.fields ?? [], call)).toEqual([]);
  });

  test('answers what we read', () => {
    // What is not read is not in the table, required or not.
    const known = (fact?.response ?? []).map((each) => ({
      ...each,
      required: each.name in (answer ?? {}) && each.required,
    }));
    expect(disagreements(answer ?? {}, known, call)).toEqual([]);
  });
});

test('the ids in a path are those of the body', () => {
  expect(pathOf('PUT /drives/{drive_id}', { drive_id: 'base' })).toBe('/drives/base');
  expect(pathOf('GET /vm/config')).toBe('/vm/config');
});

test('what Firecracker would refuse does not compile', () => {
  const wrong: ApiRequest[] = [
    // @ts-expect-error: no such state
    { call: 'PATCH /vm', body: { state: 'Stopped' } },
    // @ts-expect-error: no such field
    { call: 'PATCH /vm', body: { state: 'Paused', force: true } },
    // @ts-expect-error: the memory is required
    { call: 'PUT /machine-config', body: { vcpu_count: 1 } },
    // @ts-expect-error: a number, not a text
    { call: 'PUT /machine-config', body: { vcpu_count: '1', mem_size_mib: 128 } },
    // @ts-expect-error: no such field, where all are optional
    { call: 'PUT /entropy', body: { x: 1 } },
    // @ts-expect-error: no such field in an inner object
    { call: 'PUT /serial', body: { rate_limiter: { size: 1, refill_time: 1, burst: 1 } } },
    // @ts-expect-error: no such call
    { call: 'PUT /snapshot/create', body: {} },
  ];
  expect(wrong).toHaveLength(7);
});

const drive = { drive_id: 'base', path_on_host: '/base.ext4', is_read_only: true };
test.each<[Call, unknown, string | undefined]>([
  ['GET /', { id: 'a', state: 'Running', vmm_version: '1.16.1', app_name: 'Firecracker' }, undefined],
  ['GET /', { id: 'a', state: 'Gone', vmm_version: '1.16.1', app_name: 'Firecracker' }, 'state is Gone'],
  ['GET /', { id: 'a', state: 'Running', app_name: 'Firecracker' }, 'vmm_version is missing'],
  ['GET /', [], 'the answer is no object'],
  ['GET /', null, 'the answer is no object'],
  ['GET /balloon/statistics', { target_mib: 0, actual_mib: 0, swap_in: 'more than we read' }, undefined],
  ['GET /balloon/statistics', { target_mib: 0, actual_mib: 0, free_memory: 1.5 }, 'free_memory is no integer'],
  ['GET /vm/config', { drives: [drive, { ...drive, path_on_host: null }], 'network-interfaces': [] }, undefined],
  ['GET /vm/config', { drives: [drive, {}], 'network-interfaces': [] }, 'drive_id is missing'],
  ['GET /vm/config', { drives: drive, 'network-interfaces': [] }, 'drives is no array'],
  ['PUT /entropy', undefined, undefined],
])('%s answered %j', (call, answer, mistake) => {
  expect(answerMistake(call, answer)).toBe(mistake);
});
