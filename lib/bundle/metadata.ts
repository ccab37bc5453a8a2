import * as z from 'zod/mini';
import { bundleInvalid } from './errors.js';
import { checkAll, line, objectDigest, sha256, size } from './schema.js';

/** `bundle.json`: what is in a runtime bundle. */

export const metadataName = 'bundle.json';
/** Raised when an older banger would misread what a newer one writes. */
const format = 1;
const maxPathLength = 500;

/** Below the bundle, and nowhere else. */
function isInside(path: string): boolean {
  const parts = path.split('/');
  return path.length <= maxPathLength && parts.every((part) => !['', '.', '..'].includes(part));
}

const path = line.check(z.refine(isInside, 'must be a path below the bundle, without "..", "." and a leading slash'));

/** Empty for an object that imaged has not made. */
const digest = z.union([z.literal(''), objectDigest], {
  error: 'must be "sha256:" and 64 hexadecimal digits, or empty',
});

const provenance = z.strictObject({
  source: line,
  suite: line,
  packages: z.array(line).check(z.maxLength(10_000)),
  inputDigest: digest,
});

const kernel = z.strictObject({
  name: line,
  digest,
  release: line,
  initrdFormat: z.int().check(z.gte(1), z.lte(1000)),
  vmlinux: path,
  initrd: path,
  /** The modules in its initrd. */
  modules: z.array(line).check(z.maxLength(10_000)),
  provenance,
});

const rootfs = z.strictObject({
  name: line.check(z.minLength(1, 'must not be empty')),
  digest,
  init: z.enum(['system', 'light']),
  defaultUser: line,
  path,
  provenance,
});

const licence = z.strictObject({ part: line, licence: line, source: line });

const schema = z
  .strictObject({
    format: z.literal(format, `must be ${format}: this banger knows no other`),
    version: line,
    kernel,
    rootfs,
    programs: z.strictObject({ firecracker: z.optional(path), jailer: z.optional(path) }),
    files: z.record(path, z.strictObject({ sha256, size })),
    licences: z.array(licence).check(z.maxLength(1000)),
  })
  .check((payload) => {
    const { kernel, rootfs, programs, files } = payload.value;
    const named = { 'kernel.vmlinux': kernel.vmlinux, 'kernel.initrd': kernel.initrd, 'rootfs.path': rootfs.path };
    for (const [field, value] of Object.entries({ ...named, ...prefixed(programs) })) {
      if (Object.hasOwn(files, value)) continue;
      const message = `names ${JSON.stringify(value)}, which is not among the files`;
      payload.issues.push({ code: 'custom', path: field.split('.'), message, input: value });
    }
  });

export type Metadata = z.infer<typeof schema>;
export type Provenance = z.infer<typeof provenance>;
export type Licence = z.infer<typeof licence>;

function prefixed(programs: { readonly firecracker?: string | undefined; readonly jailer?: string | undefined }) {
  const given = Object.entries(programs).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [`programs.${name}`, value]));
}

/** Reads bundle.json; `folder` is for messages. Fails with BUNDLE_INVALID, telling all mistakes. */
export function parseMetadata(text: string, folder: string): Metadata {
  const checked = checkAll(schema, parseJson(text, folder));
  if ('problems' in checked) {
    const fields = checked.problems.map((problem) => ({ ...problem, field: `${metadataName}: ${problem.field}` }));
    throw bundleInvalid(folder, fields);
  }
  return checked.data;
}

function parseJson(text: string, folder: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw bundleInvalid(folder, [{ field: metadataName, description: `is not JSON: ${error.message}` }]);
  }
}
