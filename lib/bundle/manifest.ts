import { parse, TomlError } from 'smol-toml';
import * as z from 'zod/mini';
import type { FieldViolation } from '../errors.js';
import { manifestEmpty, manifestInvalid } from './errors.js';
import { checkAll, sha256, size } from './schema.js';

/** Where the archive of a runtime bundle is, and what it must be. */
export interface Manifest {
  readonly url: URL;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Bytes, when the manifest says. */
  readonly size: number | undefined;
}

const loopbackHosts = ['127.0.0.1', '[::1]', 'localhost'];

/** Whether an archive may come from there: https, files, and http from this host alone. */
export function isAllowed({ protocol, hostname }: URL): boolean {
  if (protocol === 'http:') return loopbackHosts.includes(hostname);
  return protocol === 'https:' || protocol === 'file:';
}

const empty = z.literal('');
const url = z
  .string()
  .check(z.refine((text) => URL.canParse(text) && isAllowed(new URL(text)), 'must start with https:// or file:///'));
const schema = z.strictObject({
  url: z.union([empty, url], { error: 'must be a text that starts with https:// or file:///' }),
  sha256: z.union([empty, sha256], { error: 'must be 64 hexadecimal digits' }),
  size: z.optional(size),
});

/**
 * Reads a manifest; `path` is for messages. Fails with MANIFEST_INVALID, telling all mistakes with their lines, or with
 * MANIFEST_EMPTY when it names no archive.
 */
export function parseManifest(text: string, path: string): Manifest {
  const checked = checkAll(schema, parseToml(text, path));
  if ('problems' in checked) throw manifestInvalid(path, withLines(checked.problems, text));
  const { data } = checked;
  if (data.url === '' && data.sha256 === '') throw manifestEmpty(path);
  const missing = (['url', 'sha256'] as const).filter((key) => data[key] === '');
  const problems = missing.map((field) => ({ field, description: 'must not be empty when the other is not' }));
  if (problems.length > 0) throw manifestInvalid(path, withLines(problems, text));
  return { url: new URL(data.url), sha256: data.sha256, size: data.size };
}

/** What parseManifest reads. */
export function writeManifest({ url, sha256, size }: Manifest): string {
  return `# A runtime bundle: banger bundle fetch --manifest THIS-FILE\nurl = ${JSON.stringify(url.href)}\nsha256 = "${sha256}"\nsize = ${size}\n`;
}

function parseToml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [summary = 'is not TOML'] = error.message.split('\n');
    throw manifestInvalid(path, [{ field: `line ${error.line}`, description: summary }]);
  }
}

function withLines(problems: readonly FieldViolation[], text: string): FieldViolation[] {
  const lines = text.split('\n');
  return problems.map(({ field, description }) => {
    const number = lines.findIndex((line) => line.replace(/["']/g, '').trimStart().startsWith(field)) + 1;
    return { field: number > 0 ? `${field} (line ${number})` : field, description };
  });
}
