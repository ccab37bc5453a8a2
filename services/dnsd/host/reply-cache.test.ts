import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ReplyCache } from './reply-cache.js';

const reply = (size = 50) => Buffer.alloc(size);

test('what is asked for all the time stays through a scan of any length, and the scan does not grow us', () => {
  const cache = new ReplyCache(20_000);
  cache.set('hot', reply());
  let found = 0;
  for (let i = 0; i < 10_000; i++) {
    cache.set(`scanned ${i}`, reply());
    if (i % 20 === 0 && cache.get('hot')) found++;
  }
  expect(found).toBe(500);
  const kept = Array.from({ length: 10_000 }, (_, i) => cache.get(`scanned ${i}`)).filter(Boolean);
  expect(kept.length).toBeLessThan(200);
});

test('nothing is left after it is cleared', () => {
  const cache = new ReplyCache(2_000);
  for (let i = 0; i < 12; i++) cache.set(`${i}`, reply());
  cache.clear();
  expect(Array.from({ length: 12 }, (_, i) => cache.get(`${i}`)).filter(Boolean)).toEqual([]);
});

test('what is found is what was kept last, and what is kept has its bound', () => {
  const step = fc.tuple(fc.nat(30).map(String), fc.boolean(), fc.nat(300));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const cache = new ReplyCache(3_000);
      const last = new Map<string, Buffer>();
      for (const [key, isSet, size] of steps) {
        const found = cache.get(key);
        if (found) expect(found).toBe(last.get(key));
        if (!isSet || found) continue;
        last.set(key, reply(size));
        cache.set(key, last.get(key) ?? reply());
        expect(cache.get(key)).toBe(last.get(key));
      }
      const bytes = [...last].reduce((sum, [key, value]) => sum + (cache.get(key) ? value.length + key.length : 0), 0);
      expect(bytes).toBeLessThanOrEqual(6_000);
    }),
  );
});
