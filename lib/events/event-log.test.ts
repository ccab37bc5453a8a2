import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inContext } from '../context.js';
import { BangerError } from '../errors.js';
import { silentLog } from '../log.js';
import { type Database, openDatabase } from '../store/database.js';
import { audited, type PendingVerb } from './audit.js';
import type { EventNews, EventQuery } from './event.js';
import { EventLog, type EventLogOptions, eventsMigration } from './event-log.js';

let database: Database;
let controller: AbortController;
let clock = 1_000;

beforeEach(() => {
  database = openDatabase(':memory:', [eventsMigration, { name: 'vms', sql: 'CREATE TABLE vm (name TEXT)' }]);
  controller = new AbortController();
  clock = 1_000;
});
afterEach(() => {
  controller.abort();
  database.close();
});

const open = (options: EventLogOptions = {}) => new EventLog(database, silentLog, { now: () => clock, ...options });
const vmEvent = (action: string, object = 'web') => ({ type: 'vm', action, object, message: action }) as const;

async function all(log: EventLog, query: EventQuery = {}): Promise<string[]> {
  const told: string[] = [];
  for await (const news of log.read(query, false, controller.signal)) told.push(inWords(news));
  return told;
}

function inWords(news: EventNews): string {
  if (news.kind === 'happened') return `${news.event.id} ${news.event.object} ${news.event.action}`;
  return news.kind === 'missed' ? `missed ${news.count}` : `synced ${news.id}`;
}

describe('what is kept', () => {
  test('is told from the first to the last, by the next log too', async () => {
    const log = open();
    log.record(vmEvent('created'));
    log.record(vmEvent('running'));
    expect(await all(open())).toEqual(['1 web created', '2 web running', 'synced 2']);
    expect(await all(log, { afterId: 1 })).toEqual(['2 web running', 'synced 2']);
  });

  test('is told as it is wanted', async () => {
    const log = open();
    log.record(vmEvent('created'));
    clock = 2_000;
    log.record(vmEvent('created', 'db'));
    inContext({ requestId: 'r-1', verb: 'StopVm' }, () =>
      log.record({ type: 'lease', action: 'released', message: '' }),
    );
    expect(await all(log, { since: 1_500 })).toHaveLength(3);
    expect(await all(log, { object: 'db' })).toEqual(['2 db created', 'synced 3']);
    expect(await all(log, { types: ['lease'] })).toEqual(['3 undefined released', 'synced 3']);
    expect(await all(log, { requestId: 'r-1' })).toHaveLength(2);
    expect(await all(log, { types: ['vm'], tail: 1 })).toEqual(['2 db created', 'synced 3']);
    expect(await all(log, { since: 9_000 })).toEqual(['synced 3']);
  });

  test('goes with the change that it tells of', async () => {
    const log = open();
    const change = () =>
      database.transaction(() => {
        log.record(vmEvent('created'));
        database.run('INSERT INTO vm VALUES (?)', 'web');
        throw new Error('stop');
      });
    expect(change).toThrow('stop');
    expect(await all(log)).toEqual(['synced 0']);
    log.record(vmEvent('created'));
    expect(await all(log)).toEqual(['1 web created', 'synced 1']);
  });

  test('is what could be written: what has happened anyhow is told without, what goes with a change is not', async () => {
    const log = open();
    database.run('DROP TABLE event');
    expect(() => log.tell(vmEvent('created'))).not.toThrow();
    expect(() => log.record(vmEvent('created'))).toThrow();
  });

  test('is bounded by count and age, and never by age alone', async () => {
    const log = open({ limits: { most: 150, least: 20, ageMs: 500 } });
    for (let i = 0; i < 300; i++) log.record(vmEvent('running'));
    expect(database.get('SELECT COUNT(*) AS count FROM event')).toEqual({ count: 150 });
    clock = 5_000;
    for (let i = 0; i < 100; i++) log.record(vmEvent('running'));
    expect(database.get('SELECT COUNT(*) AS count FROM event')).toEqual({ count: 100 });
    clock = 1_000_000;
    for (let i = 0; i < 99; i++) log.record(vmEvent('running'));
    clock = 2_000_000;
    log.record(vmEvent('running'));
    expect(database.get('SELECT COUNT(*) AS count FROM event')).toEqual({ count: 20 });
  });

  test('has the names of who called', async () => {
    const log = open();
    const caller = { uid: process.getuid?.() ?? 0, gid: 0, pid: process.pid };
    inContext({ requestId: 'r-1', verb: 'StopVm', caller }, () => log.record({ ...vmEvent('stopping'), uid: 'u1' }));
    const [event] = log.about('u1', 5);
    expect(event).toMatchObject({ requestId: 'r-1', caller: { uid: caller.uid, pid: process.pid } });
    expect(event?.caller?.program).not.toBe('');
  });
});

describe('a follower', () => {
  test('hears of what comes, after all that was there', async () => {
    const log = open();
    log.record(vmEvent('created'));
    const news = log.read({}, true, controller.signal)[Symbol.asyncIterator]();
    const next = async () => inWords((await news.next()).value);
    expect([await next(), await next()]).toEqual(['1 web created', 'synced 1']);
    const waiting = next();
    log.record(vmEvent('running'));
    expect(await waiting).toBe('2 web running');
    const last = news.next();
    controller.abort();
    expect((await last).done).toBe(true);
  });

  test('that was too slow is told how many it missed, and goes on', async () => {
    const log = open({ limits: { most: 100, least: 10, ageMs: 1e9 } });
    log.record(vmEvent('created'));
    const news = log.read({}, true, controller.signal)[Symbol.asyncIterator]();
    expect(inWords((await news.next()).value)).toBe('1 web created');
    for (let i = 0; i < 299; i++) log.record(vmEvent('running'));
    expect(inWords((await news.next()).value)).toBe('missed 199');
    expect(inWords((await news.next()).value)).toBe('201 web running');
  });

  test('of a log that was lost begins anew', async () => {
    const log = open();
    log.record(vmEvent('created'));
    expect(await all(log, { afterId: 500 })).toEqual(['1 web created', 'synced 1']);
  });

  test('of a log in memory never sees an id again', async () => {
    const log = open({ firstId: 5_000 });
    log.record(vmEvent('created'));
    expect(await all(log, { afterId: 4_000 })).toEqual(['5000 web created', 'synced 5000']);
  });

  test('sees each event once and in order, whatever comes in between', async () => {
    const steps = fc.array(fc.constantFrom('record', 'fail', 'read'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        database.run('DELETE FROM event');
        const log = open();
        const end = new AbortController();
        const seen: number[] = [];
        const reading = (async () => {
          for await (const news of log.read({}, true, end.signal))
            if (news.kind === 'happened') seen.push(news.event.id);
        })();
        let recorded = 0;
        for (const step of plan) {
          if (step === 'read') await Promise.resolve();
          else if (step === 'record') {
            log.record(vmEvent('running'));
            recorded++;
          } else {
            const failing = () =>
              database.transaction(() => {
                log.record(vmEvent('running'));
                throw new Error('stop');
              });
            expect(failing).toThrow('stop');
          }
        }
        while (seen.length < recorded) await Promise.resolve();
        end.abort();
        await reading;
        expect(seen).toHaveLength(recorded);
        expect(seen.every((id, i) => i === 0 || id === (seen[i - 1] ?? 0) + 1)).toBe(true);
      }),
    );
  });
});

describe('a verb', () => {
  const verb = (): PendingVerb => ({ name: 'StopVm', deed: { object: 'web' }, isRecorded: false });
  const trail = async (log: EventLog) => {
    const told: string[] = [];
    for await (const news of log.read({}, false, controller.signal)) {
      if (news.kind === 'happened') told.push(`${news.event.outcome} ${news.event.reason ?? ''}`.trim());
    }
    return told;
  };

  test('is accepted with its change, once', async () => {
    const log = open();
    await audited(log, verb(), async () => {
      database.transaction(() => log.acceptVerb());
      database.transaction(() => log.acceptVerb());
    });
    expect(await trail(log)).toEqual(['accepted']);
  });

  test('that changes nothing is accepted when it ends', async () => {
    const log = open();
    await audited(log, verb(), async () => undefined);
    expect(await trail(log)).toEqual(['accepted']);
  });

  test('is refused or failed by the kind of its error, also after it was accepted', async () => {
    const log = open();
    const fail = (kind: 'exists' | 'exhausted') => async () => {
      if (kind === 'exhausted') log.acceptVerb();
      throw new BangerError(kind, 'BECAUSE', 'because');
    };
    await expect(audited(log, verb(), fail('exists'))).rejects.toThrow('because');
    await expect(audited(log, verb(), fail('exhausted'))).rejects.toThrow('because');
    expect(await trail(log)).toEqual(['refused BECAUSE', 'accepted', 'failed BECAUSE']);
  });

  test('whose work goes on in the background is not accepted again there', async () => {
    const log = open();
    let later: Promise<void> = Promise.resolve();
    await audited(log, verb(), async () => {
      later = Promise.resolve()
        .then(() => new Promise((resolve) => setImmediate(resolve)))
        .then(() => log.acceptVerb());
    });
    await later;
    expect(await trail(log)).toEqual(['accepted']);
  });

  test('that is none of anybody’s concern is not told', async () => {
    const log = open();
    await audited(log, { ...verb(), deed: undefined }, async () => log.acceptVerb());
    log.acceptVerb();
    expect(await trail(log)).toEqual([]);
  });
});
