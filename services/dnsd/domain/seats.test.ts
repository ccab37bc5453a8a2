import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Seats } from './seats.js';

interface Step {
  readonly owner: string;
  readonly leaves: boolean;
}
const steps = fc.array(fc.record<Step>({ owner: fc.constantFrom('a', 'b', 'c', 'd'), leaves: fc.boolean() }), {
  maxLength: 200,
});

test('seats are never more than there are, and who has the fewest always gets one', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const limits = { total: 6, perOwner: 4 };
      const seats = new Seats<string>(limits);
      const held = new Map<string, string[]>();
      const of = (owner: string) => held.get(owner) ?? [];
      for (const [i, { owner, leaves }] of all.entries()) {
        const sizes = () => ['a', 'b', 'c', 'd'].map((each) => of(each).length);
        const sum = () => sizes().reduce((a, b) => a + b, 0);
        if (leaves) {
          const [first] = of(owner);
          if (first) seats.leave(owner, first);
          held.set(owner, of(owner).slice(1));
        } else {
          const [before, most, full] = [of(owner).length, Math.max(...sizes()), sum() >= limits.total];
          const lost: string[] = [];
          const taken = seats.take(owner, `${owner}${i}`, (other) => lost.push(other));
          expect(taken).toBe(before < limits.perOwner && (!full || most >= before + 2));
          for (const other of lost) {
            const loser = other.slice(0, 1);
            expect([other, of(loser).length]).toEqual([of(loser)[0], most]);
            held.set(loser, of(loser).slice(1));
          }
          if (taken) held.set(owner, [...of(owner), `${owner}${i}`]);
        }
        expect(new Set(seats.all())).toEqual(new Set([...held.values()].flat()));
        expect(sum()).toBeLessThanOrEqual(limits.total);
      }
    }),
  );
});
