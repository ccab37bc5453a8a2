import { type HostFinding, notFound, type Observation, type Purpose } from '../../lib/finding.js';

/** A program that is not there. */
export function toolLack(subject: string, remedy: string): Observation {
  return { severity: 'error', type: 'TOOL', subject, found: notFound, remedy };
}

/** The same, for a purpose. */
export function toolLackFor(purpose: Purpose, subject: string, remedy: string): HostFinding {
  return { purpose, ...toolLack(subject, remedy) };
}
