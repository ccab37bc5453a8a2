import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { at80x24, having, keys, vmNamed, withVms } from '../testing/rows.js';
import type { Effect, Event } from './events.js';
import { currentVm, cursorIndex, rowsIn, selected } from './select.js';
import { type State, views } from './state.js';
import { step } from './step.js';
import { topicsOf } from './topics.js';

const web = vmNamed('web');
const db = vmNamed('db', 'stopped');
const effectsOf = (state: State, ...pressed: string[]): readonly Effect[] => step(state, keys(...pressed)).effects;

describe('every verb by keys alone', () => {
  const running = withVms(web);
  test.each([
    ['s', { do: 'start', vm: 'web' }],
    ['x', { do: 'stop', vm: 'web' }],
    ['r', { do: 'restart', vm: 'web' }],
    ['p', { do: 'pause', vm: 'web' }],
    ['c', { do: 'console', vm: 'web' }],
    ['e', { do: 'shell', vm: 'web' }],
    ['q', { do: 'quit' }],
    ['interrupt', { do: 'quit' }],
  ] as const)('%s', (key, effect) => expect(effectsOf(running, key)).toEqual([effect]));

  test('p lets a paused VM go on', () => {
    expect(effectsOf(withVms(vmNamed('web', 'paused')), 'p')).toEqual([{ do: 'resume', vm: 'web' }]);
  });

  test('d asks, and only y deletes: by force what runs, without what has ended', () => {
    expect(effectsOf(running, 'd')).toEqual([]);
    for (const key of ['enter', ' ', 'd', 'x', 's', 'r']) expect(effectsOf(running, 'd', key)).toEqual([]);
    expect(effectsOf(running, 'd', 'n', 'y')).toEqual([]);
    expect(effectsOf(running, 'd', 'y')).toEqual([{ do: 'delete', vm: 'web', force: true }]);
    expect(effectsOf(withVms(db), 'd', 'y')).toEqual([{ do: 'delete', vm: 'db', force: false }]);
  });

  test('who asked about one VM deletes no other one, though it goes meanwhile', () => {
    const asked = having(withVms(db, web), keys('d'), { kind: 'vm-gone', name: 'db' });
    expect(selected(asked, 'vms')?.name).toBe('web');
    expect(effectsOf(asked, 'y')).toEqual([]);
  });

  test('services are restarted and images built', () => {
    const service = {
      name: 'vmm',
      state: 'healthy',
      tone: 'good',
      pid: 7,
      started: 0,
      restarts: 0,
      lastExit: '',
    } as const;
    const services = having(at80x24(), keys('3'), { kind: 'services', rows: [service] });
    expect(effectsOf(services, 'r')).toEqual([{ do: 'restart-service', service: 'vmm' }]);
    const building = having(at80x24(), keys('2', 'b', 'clear', 'w', 'e', 'b'));
    expect(effectsOf(building, 'enter')).toEqual([{ do: 'build', recipe: 'web' }]);
  });
});

describe('the bar', () => {
  test('stays on its VM when others come and go above it', () => {
    const state = having(withVms(db, web), keys('j'), { kind: 'vm', row: vmNamed('app') });
    expect([cursorIndex(state, 'vms'), selected(state, 'vms')?.name]).toEqual([2, 'web']);
    expect(selected(having(state, { kind: 'vm-gone', name: 'app' }), 'vms')?.name).toBe('web');
  });

  test('goes to a neighbour when its VM goes', () => {
    const state = having(withVms(vmNamed('a'), vmNamed('b'), vmNamed('c')), keys('j'), { kind: 'vm-gone', name: 'b' });
    expect(selected(state, 'vms')?.name).toBe('c');
  });

  test('goes to a VM that was created, and the filter that hides it goes', () => {
    const state = having(withVms(db, web), keys('/', 'd', 'b', 'enter', 'n'), { kind: 'created', row: vmNamed('new') });
    expect([selected(state, 'vms')?.name, state.filter, state.dialog]).toEqual(['new', '', undefined]);
  });

  test('pages and ends', () => {
    const many = withVms(...Array.from({ length: 100 }, (_, index) => vmNamed(`vm${String(index).padStart(3, '0')}`)));
    const place = (...pressed: string[]) => cursorIndex(having(many, keys(...pressed)), 'vms');
    expect([place('G'), place('end', 'k'), place('page-down'), place('page-down', 'page-up')]).toEqual([99, 98, 19, 0]);
  });
});

describe('the filter', () => {
  test('takes every letter as text, moves by arrows, and ends by escape', () => {
    const state = having(withVms(db, web), keys(...'/stop'));
    expect(rowsIn(state, 'vms').map(({ name }) => name)).toEqual(['db']);
    expect(effectsOf(state, 'x', 'd', 'q')).toEqual([]);
    expect(having(state, keys('escape')).filter).toBe('');
    const kept = having(state, keys('enter'));
    expect([kept.filter, kept.dialog]).toEqual(['stop', undefined]);
    expect(having(kept, keys('escape')).filter).toBe('');
  });

  test('every word must be there', () => {
    const found = (...text: string[]) => rowsIn(having(withVms(db, web), keys('/', ...text.join(' '))), 'vms').length;
    expect([found('debian'), found('debian', 'web'), found('web', 'stopped'), found('DB')]).toEqual([2, 1, 0, 1]);
  });
});

describe('a service that is away', () => {
  test('what was seen stays, the time is that of the first failure, and the next snapshot is the truth', () => {
    const away = having(
      withVms(db, web),
      { kind: 'lost', list: 'vms', why: 'no answer' },
      { kind: 'tick', now: 200_000 },
      { kind: 'lost', list: 'vms', why: 'none yet' },
    );
    expect(away.vms).toMatchObject({ link: { kind: 'lost', since: 180_000, why: 'none yet' }, rows: [db, web] });
    expect(having(away, { kind: 'vms', rows: [web] }).vms).toEqual({ link: { kind: 'up' }, rows: [web] });
  });

  test('who only reads of a VM is brought back to the list when it is gone', () => {
    const reading = having(withVms(web), keys('enter'));
    expect(having(reading, { kind: 'lost', list: 'vms', why: '' }).pane.kind).toBe('details');
    expect(having(reading, { kind: 'vms', rows: [] }).pane.kind).toBe('list');
  });
});

test('what is followed is what is looked at', () => {
  const topics = (state: State) => topicsOf(state).map((topic) => Object.values(topic).join(' '));
  const state = withVms(web);
  expect(topics(state)).toEqual(['vms']);
  expect(topics(having(state, keys('tab')))).toEqual(['vms', 'images']);
  expect(topics(having(state, keys('back-tab')))).toEqual(['vms', 'services']);
  expect(topics(having(state, keys('n')))).toEqual(['vms', 'images']);
  expect(topics(having(state, keys('l')))).toEqual(['vms', 'log web']);
  const details = having(state, keys('enter'));
  expect(topics(details)).toEqual(['vms', 'explain web 1']);
  expect(topics(having(details, { kind: 'vm', row: { ...web, revision: 2 } }))).toEqual(['vms', 'explain web 2']);
});

test('the form: fields, the images that there are, what is wrong, and no second request', () => {
  const image = { name: 'debian, web', digest: '1', size: '', onDisk: '', vms: 0, created: 0 };
  const filled = having(
    at80x24(),
    { kind: 'images', rows: [image] },
    keys('n', ...'ci', 'tab', 'right', 'up', 'up', ' '),
  );
  const draft = { name: 'ci', image: 'web', cpus: '1', memory: '512M', disk: '8G', nat: true };
  expect(step(filled, keys('enter')).effects).toEqual([{ do: 'create', draft }]);
  const sent = having(filled, keys('enter'));
  expect(step(sent, keys('enter', 'enter', 'x')).effects).toEqual([]);
  const mistakes = [
    { field: '', text: 'no image is named web' },
    { field: 'disk', text: 'is too little' },
    { field: 'memory', text: 'is too much' },
  ] as const;
  const refused = having(sent, { kind: 'refused', mistakes });
  expect(refused.dialog).toMatchObject({ field: 'memory', sent: false, draft });
  expect(step(refused, keys('escape', 'enter')).state.dialog).toBeUndefined();
});

const pressed = fc.constantFrom(
  ...'jkgG123/?qsxrpdnlcebyY ',
  'up',
  'down',
  'page-down',
  'tab',
  'enter',
  'escape',
  'end',
);
const named = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const row = fc
  .tuple(named, fc.constantFrom('running', 'stopped', 'failed', 'paused', 'deleting'), fc.nat())
  .map(([name, state, revision]) => vmNamed(name, state, { revision }));
const happening: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.array(pressed, { minLength: 1, maxLength: 8 }).map((all) => keys(...all)) },
  { weight: 2, arbitrary: row.map((one) => ({ kind: 'vm', row: one }) as const) },
  named.map((name) => ({ kind: 'vm-gone', name }) as const),
  fc.uniqueArray(row, { selector: ({ name }) => name }).map((rows) => ({ kind: 'vms', rows }) as const),
  fc.constant({ kind: 'lost', list: 'vms', why: 'away' } as const),
  row.map((one) => ({ kind: 'created', row: one }) as const),
  fc.record({
    kind: fc.constant('size' as const),
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 90 }),
  }),
);

describe('whatever happens, in whatever order', () => {
  const history = fc.array(happening, { maxLength: 40 });

  test('a burst does what the same keys do one by one', () => {
    fc.assert(
      fc.property(history, fc.array(pressed), (events, burst) => {
        const state = having(at80x24(), ...events);
        const singly = burst.reduce<{ state: State; effects: readonly Effect[] }>(
          (so, key) => {
            const next = step(so.state, keys(key));
            return { state: next.state, effects: [...so.effects, ...next.effects] };
          },
          { state, effects: [] },
        );
        expect(step(state, keys(...burst))).toEqual(singly);
      }),
    );
  });

  test('the list is what the watch has told, sorted, and the bar is on one of its rows', () => {
    fc.assert(
      fc.property(history, (events) => {
        const model = new Map<string, unknown>();
        for (const event of events) {
          if (event.kind === 'vms') model.clear();
          if (event.kind === 'vms') for (const one of event.rows) model.set(one.name, one);
          if (event.kind === 'vm' || event.kind === 'created') model.set(event.row.name, event.row);
          if (event.kind === 'vm-gone') model.delete(event.name);
        }
        const state = having(at80x24(), ...events);
        expect(state.vms.rows).toEqual([...model.keys()].sort().map((name) => model.get(name)));
        for (const view of views) {
          const [index, count] = [cursorIndex(state, view), rowsIn(state, view).length];
          expect(count === 0 ? index === -1 : index >= 0 && index < count).toBe(true);
        }
        if (state.pane.kind !== 'list') expect(currentVm(state)).toBeDefined();
      }),
    );
  });

  test('nothing is deleted but what was asked about by name, and is there', () => {
    fc.assert(
      fc.property(history, fc.array(pressed), (events, burst) => {
        let state = having(at80x24(), ...events);
        for (const key of burst) {
          const { dialog, vms } = state;
          const next = step(state, keys(key));
          for (const effect of next.effects) {
            if (effect.do !== 'delete') continue;
            expect([key, dialog]).toEqual(['y', { kind: 'delete', vm: effect.vm }]);
            expect(vms.rows.map(({ name }) => name)).toContain(effect.vm);
          }
          state = next.state;
        }
      }),
    );
  });

  test('Ctrl-C leaves from everywhere', () => {
    fc.assert(
      fc.property(history, (events) => {
        expect(step(having(at80x24(), ...events), keys('interrupt')).effects).toEqual([{ do: 'quit' }]);
      }),
    );
  });
});
