import { z } from 'zod';
import { serviceNames } from './paths.js';

/** Ports of the host, one for each process that serves something there. */

const words = 'must be a port, 1 to 65535, or 0 for none';
const port = z.number(words).int(words).min(0, words).max(65_535, words).default(0);

/** The keys of a section that sets them; 0 for none. */
export const servicePorts = { supervisor: port, netd: port, imaged: port, vmm: port, dnsd: port };

const programs = ['supervisor', ...serviceNames] as const;
type Ports = Readonly<Record<(typeof programs)[number], number>>;

/** A refinement of such a section: no two may have the same. */
export function distinctPorts(section: Ports, context: z.core.$RefinementCtx<Ports>): void {
  const seen = new Map<number, string>();
  for (const program of Object.keys(servicePorts) as (keyof Ports)[]) {
    const wanted = section[program];
    const other = seen.get(wanted);
    if (wanted === 0) continue;
    if (other !== undefined) {
      const message = `is ${wanted}, which ${other} has already; each needs a port of its own`;
      context.addIssue({ code: 'custom', path: [program], message, input: wanted });
    }
    seen.set(wanted, other ?? program);
  }
}
