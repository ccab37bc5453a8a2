import { isAbsolute, join } from 'node:path';

/**
 * Import sources as people write them, for imaged, which works in a folder of its own: paths become absolute. What is
 * not there as a file but looks like a reference, a host with a dot or a port before the first slash, is one.
 */
export function importSource(text: string, { cwd, exists }: { cwd: string; exists(path: string): boolean }): string {
  const scheme = pathSchemes.find((one) => text.startsWith(one)) ?? '';
  const rest = text.slice(scheme.length);
  if (text.startsWith('docker://') || isAbsolute(rest)) return text;
  const path = join(cwd, rest);
  if (scheme !== '') return `${scheme}${path}`;
  return !exists(path) && referencePattern.test(text) ? `docker://${text}` : path;
}

const pathSchemes = ['oci:', 'oci-archive:', 'docker-archive:'] as const;
const referencePattern =
  /^(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:\d)|\[[0-9a-fA-F:]+\])(?::\d+)?\//;
