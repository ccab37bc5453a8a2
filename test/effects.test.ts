import { expect, test } from '@jest/globals';
import { stepsOf } from '../lib/journal/journalled.js';
import { effects as imaged } from '../services/imaged/app/effects.js';
import { effects as netd } from '../services/netd/app/effects.js';
import { effects as vmm } from '../services/vmm/app/effects.js';

const services = { vmm, netd, imaged };

/** How a method is called that only takes away. `find` clears away what dead processes have left. */
const removal = /^(remove|release|discard|forget|end|restore|find)/;

test.each(Object.entries(services))(
  'what %s does to the host is journalled, and a removal is called one',
  (_, ports) => {
    expect(stepsOf(ports).length).toBeGreaterThan(0);
    for (const kinds of Object.values<Record<string, 'none' | { kind: string }>>(ports)) {
      for (const [method, effect] of Object.entries(kinds)) {
        if (effect !== 'none')
          expect([method, effect.kind]).toEqual([method, removal.test(method) ? 'removes' : 'makes']);
      }
    }
  },
);
