import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  bytesBefore,
  type ConsoleTimes,
  formatMark,
  formatTimes,
  noTimes,
  parseTimes,
  withCut,
  withGrowth,
} from './console-times.js';

/** A log as it is written and cut, with the true time of every byte that is kept. */
class Log {
  times: ConsoleTimes = noTimes;
  former: number[] = [];
  current: number[] = [];

  write(count: number, now: number): void {
    const before = this.current.length;
    for (let i = 0; i < count; i++) this.current.push(now);
    this.times = withGrowth(this.times, { before, size: this.current.length }, now);
  }

  cut(): void {
    this.times = withCut(this.times, this.current.length);
    [this.former, this.current] = [this.current, []];
  }

  get kept(): number[] {
    return [...this.former, ...this.current];
  }
}

const step = fc.record({
  waitMs: fc.integer({ min: 0, max: 5_000 }),
  count: fc.integer({ min: 0, max: 5 }),
  cut: fc.boolean(),
});

test('nothing that is new enough is left out, and nothing comes that is older than the resolution', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(60_000), (steps, since) => {
      const log = new Log();
      let now = 0;
      for (const { waitMs, count, cut } of steps) {
        now += waitMs;
        log.write(count, now);
        if (cut) log.cut();
      }
      const { kept, times } = log;
      const skipped = Math.min(bytesBefore(times, since) ?? kept.length, kept.length);
      expect(kept.slice(0, skipped).filter((time) => time >= since)).toEqual([]);
      expect(kept.slice(skipped).filter((time) => time <= since - times.resolutionMs)).toEqual([]);
    }),
  );
});

test('there are never many marks; the fewer, the coarser, and still nothing new enough is left out', () => {
  const log = new Log();
  for (let i = 0; i < 20_000; i++) log.write(1, i * 1_500);
  expect(log.times.marks.length).toBeLessThanOrEqual(2_500);
  expect(log.times.resolutionMs).toBeGreaterThan(1_000);
  for (const since of [0, 1_234_567, 15_000_000, 29_998_500]) {
    const skipped = bytesBefore(log.times, since) ?? log.kept.length;
    expect(log.kept.slice(0, skipped).filter((time) => time >= since)).toEqual([]);
    expect(log.kept[skipped]).toBeGreaterThan(since - log.times.resolutionMs);
  }
});

test('a clock that jumps back and forth fills nothing', () => {
  const log = new Log();
  for (let i = 0; i < 6_000; i++) log.write(1, i % 2 === 0 ? 5e12 : 1e12 - i);
  expect(log.times.marks.length).toBeLessThanOrEqual(2_500);
});

test('what is written down is read back, and half a line says nothing', () => {
  const times = {
    resolutionMs: 1_000,
    formerStart: 0,
    start: 7,
    marks: [
      { time: 5, position: 3 },
      { time: 9, position: 8 },
    ],
  };
  expect(parseTimes(formatTimes(times))).toEqual(times);
  expect(parseTimes(`${formatTimes(times)}${formatMark({ time: 12, position: 90 }).slice(0, 3)}`)).toEqual(times);
  expect(parseTimes('')).toBeUndefined();
  expect(parseTimes('x\n')).toBeUndefined();
});
