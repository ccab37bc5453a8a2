import { expect } from '@jest/globals';
import { type HostFinding, type Purpose, purposes } from '../../lib/finding.js';

/** What everybody relies on who shows findings: they say what is there, and the way out of what is not as it should be. */
export function expectHelpful(findings: readonly HostFinding[], wanted: readonly Purpose[]): void {
  for (const finding of findings) {
    const { purpose, severity, subject, found, remedy } = finding;
    expect(wanted).toContain(purpose);
    expect({ finding, isNamed: subject !== '' && found !== '' }).toMatchObject({ isNamed: true });
    expect({ finding, hasRemedy: remedy !== '' }).toMatchObject({ hasRemedy: severity !== 'ok' });
    // They are said in the midst of a sentence.
    expect(`${found}|${remedy}`).not.toMatch(/\.(\||$)/);
  }
  const places = findings.map(({ purpose }) => purposes.indexOf(purpose));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}

/** Those that are not as they should be, in few words. */
export function lacksIn(findings: readonly HostFinding[]): string[] {
  return findings
    .filter(({ severity }) => severity !== 'ok')
    .map(({ severity, subject, found, remedy }) => `${severity}: ${subject}: ${found}; ${remedy}`);
}
