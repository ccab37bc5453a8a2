import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync } from './host/files.js';

/** The folder that this program runs from: that of its `dist/`, or of the sources when it runs unbuilt. */
export const programRoot: string = rootOf(fileURLToPath(import.meta.url));

function rootOf(path: string): string {
  const dist = path.lastIndexOf('/dist/');
  return dist >= 0 ? path.slice(0, dist) : dirname(dirname(path));
}

/** Whether it is a checkout of the sources: an installation has no manifest of its own for a runtime bundle. */
export function isCheckout(root: string = programRoot): boolean {
  return existsSync(`${root}/runtime-bundle.toml`);
}
