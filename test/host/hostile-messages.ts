import { queryMessage, uint16s } from '../../services/dnsd/testing/messages.js';

/** Numbers from 0 up to 1, the same again for the same seed. */
export type Random = () => number;

/** A linear congruential generator with the numbers of Numerical Recipes: good enough to stir octets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const bases: readonly Buffer[] = [
  queryMessage('vm-1.vm'),
  queryMessage('vm-2.vm', { edns: { size: 4096, dnssecOk: true } }),
  queryMessage('x.y.z.vm-3.vm', { type: 28, edns: {} }),
  queryMessage('1.1.64.10.in-addr.arpa', { type: 12 }),
  queryMessage('1.0.0.0.ip6.arpa', { type: 12, edns: { version: 1 } }),
  queryMessage('vm', { type: 255 }),
  queryMessage('example.com', { class: 3 }),
];

/** A message that gets deep into a decoder, or none at all: altered, cut off, prolonged, of pointers, or of chance. */
export function hostileMessage(random: Random): Buffer {
  const below = (limit: number) => Math.trunc(random() * limit);
  const chance = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  const base = Buffer.from(bases[below(bases.length)] ?? Buffer.alloc(0));
  switch (below(6)) {
    case 0:
      return chance(below(600));
    case 1:
      return base.subarray(0, below(base.length));
    case 2:
      return Buffer.concat([base, chance(below(100))]);
    case 3:
      return pointers(base, below);
    case 4:
      return withOptions(base, chance(below(80)), below);
    default:
      return altered(base, below);
  }
}

type Below = (limit: number) => number;

function altered(message: Buffer, below: Below): Buffer {
  for (let left = 1 + below(6); left > 0; left--) message[below(message.length)] = below(256);
  return message;
}

/** Records whose names point into the message, at themselves too, and counts that announce more or fewer of them. */
function pointers(base: Buffer, below: Below): Buffer {
  const count = 1 + below(20);
  const length = base.length + count * 12;
  const records = Array.from({ length: count }, () => uint16s(0xc000 | below(length), below(300), 1, 0, 0, below(3)));
  base.writeUInt16BE(below(3) === 0 ? 0xffff : count, 6 + 2 * below(3));
  return Buffer.concat([base, ...records]);
}

/** An OPT with options of any content, whose lengths may lie. */
function withOptions(base: Buffer, options: Buffer, below: Below): Buffer {
  base.writeUInt16BE(1 + below(3), 10);
  const length = below(2) === 0 ? options.length : below(200);
  return Buffer.concat([base, Buffer.from([below(2)]), uint16s(41, below(65_536), below(65_536), 0, length), options]);
}
