import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanup, render } from 'ink-testing-library';
import { pollUntil } from '../../../lib/clock.js';
import type { Event } from '../state/events.js';
import { initialState, type State } from '../state/state.js';
import { Store } from '../state/store.js';
import { having, keys, now, vmNamed, withVms } from '../testing/rows.js';
import { App } from './app.js';
import { paced } from './main.js';

afterEach(cleanup);

/** What is drawn of a state. */
function drawn(state: State): string[] {
  const source = { get: () => state, subscribe: () => () => undefined };
  return (render(<App source={source} colours={false} />).lastFrame() ?? '').split('\n');
}

const web = vmNamed('web');
const db = vmNamed('db', 'failed', { reason: 'the guest did not answer within 120 s', address: '', nat: false });

test('the list: aligned columns, a bar, why the VM under it is so, and its keys', () => {
  const lines = drawn(withVms(web, db));
  expect(lines).toHaveLength(24);
  expect(lines.slice(0, 5)).toEqual([
    ' banger   1 VMs 2   2 Images   3 Services                                  live',
    '',
    '  NAME  STATE    ADDRESS     CPUS   MEMORY  NAT  IMAGE   AGE',
    '❯ db    failed   -              2  1.5 GiB  off  debian   3m',
    '  web   running  10.77.0.10     2  1.5 GiB  on   debian   3m',
  ]);
  expect(lines.slice(-2)).toEqual([
    ' db: the guest did not answer within 120 s',
    ' s start  d delete  l log  ⏎ details  n new  / filter  ? help  q quit',
  ]);
});

test('of many VMs those around the bar, and no line is too long', () => {
  const many = Array.from({ length: 1_000 }, (_, index) =>
    vmNamed(`${'long-'.repeat(12)}${String(index).padStart(3, '0')}`),
  );
  for (const columns of [40, 80, 200]) {
    const lines = drawn(having(withVms(...many), { kind: 'size', columns, rows: 24 }, keys('G')));
    expect(lines).toHaveLength(24);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines.filter((line) => line.includes('running'))).toHaveLength(19);
    expect(lines[21]).toMatch(/^❯ long-/);
  }
});

describe('every size', () => {
  const states: Readonly<Record<string, readonly Event[]>> = {
    list: [],
    help: [keys('?')],
    form: [keys('n')],
    delete: [keys('d')],
    build: [keys('2', 'b')],
    services: [keys('3')],
    log: [keys('l'), { kind: 'log', vm: 'db', text: `${'x'.repeat(500)}\n`.repeat(99), fresh: true }],
    details: [
      keys('enter'),
      {
        kind: 'explained',
        vm: 'db',
        sections: [{ title: 'Why', lines: [{ label: 'process', text: 'word '.repeat(200), tone: 'bad' }] }],
      },
    ],
    away: [{ kind: 'lost', list: 'vms', why: 'no answer '.repeat(40) }],
  };
  const sizes = [
    [40, 10],
    [80, 24],
    [213, 60],
  ] as const;
  test.each(Object.keys(states).flatMap((name) => sizes.map((size) => [name, ...size] as const)))(
    '%s fits into %d x %d, with its keys in the last line',
    (name, columns, rows) => {
      const lines = drawn(having(withVms(web, db), { kind: 'size', columns, rows }, ...(states[name] ?? [])));
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      expect(lines.at(-1)).toMatch(/help|back|keep|cancel/);
    },
  );

  test('a smaller one says so', () => {
    expect(drawn(having(withVms(web), { kind: 'size', columns: 30, rows: 5 })).join(' ')).toContain('too small');
  });
});

test('a deletion tells what becomes of the VM and of its disks', () => {
  const text = drawn(having(withVms(web), keys('d'))).join('\n');
  expect(text).toMatch(/Delete web\? It is running, and ends at once\./);
  expect(text).toMatch(/trash[\s\S]*`banger vm restore web`/);
  expect(drawn(having(withVms(db), keys('d'))).join('\n')).not.toContain('ends at once');
});

test('a service that is away: since when, why, and what was seen', () => {
  const lost: Event = { kind: 'lost', list: 'vms', why: 'vmm does not answer' };
  const text = drawn(having(withVms(web), lost, { kind: 'tick', now: now + 12_000 })).join('\n');
  expect(text).toMatch(/away for 12s, trying again[\s\S]*web +running[\s\S]*vmm does not answer/);
});

test('the log follows, and stays where one reads', () => {
  const log = (text: string): Event => ({ kind: 'log', vm: 'web', text, fresh: false });
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join('');
  const following = having(withVms(web), keys('l'), log(lines));
  expect(drawn(following).join('\n')).toContain('line 99');
  const reading = having(following, keys('g'));
  expect(drawn(reading)[3]).toBe(' line 0');
  expect(drawn(having(reading, log('more\n')))[3]).toBe(' line 0');
  expect(drawn(having(reading, keys('G'), log('more\n'))).join('\n')).toContain(' more\n');
});

test('the form shows each mistake at its field', () => {
  const refused: Event = {
    kind: 'refused',
    mistakes: [
      { field: 'name', text: 'must not be empty' },
      { field: '', text: 'no image is named web' },
    ],
  };
  const text = drawn(having(withVms(), keys('n', 'enter'), refused)).join('\n');
  expect(text).toMatch(/❯ Name +✗[\s\S]* Name: must not be empty/);
  expect(text).toContain(' no image is named web');
});

test('a change is drawn, and changes that follow it soon are drawn together', async () => {
  const store = new Store(initialState({ columns: 80, rows: 24 }, now), () => undefined);
  let told = 0;
  const unsubscribe = paced(store).subscribe(() => void told++);
  for (let index = 0; index < 50; index++) store.send({ kind: 'vm', row: vmNamed(`vm${index}`) });
  expect(told).toBe(1);
  await pollUntil(() => told === 2, { what: 'the changes that followed are told', timeoutMs: 60_000, everyMs: 5 });
  unsubscribe();
});
