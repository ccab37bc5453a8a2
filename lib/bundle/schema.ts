import * as z from 'zod/mini';
import type { FieldViolation } from '../errors.js';

/** Checks data that comes from outside, with all its problems at once. */
export function checkAll<S extends z.ZodMiniType>(
  schema: S,
  data: unknown,
): { readonly data: z.infer<S> } | { readonly problems: readonly FieldViolation[] } {
  const result = schema.safeParse(data);
  if (result.success) return { data: result.data };
  const problems = result.error.issues.flatMap((issue) => {
    // A key that the schema does not know is named in the issue, not in its path.
    const isUnknown = issue.code === 'unrecognized_keys';
    const paths = isUnknown ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({
      field: path.map(String).join('.') || 'the document',
      description: isUnknown ? 'is not known' : issue.message,
    }));
  });
  return { problems };
}

/** SHA-256, as sha256sum(1) writes it. */
export const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'));
/** The digest of an object, as imaged writes it. */
export const objectDigest = z
  .string()
  .check(z.regex(/^sha256:[0-9a-f]{64}$/, 'must be "sha256:" and 64 hexadecimal digits'));
/** Bytes. */
export const size = z.number().check(z.int('must be a whole number'), z.gte(0, 'must not be negative'));
/** For people: one line without control characters. */
export const line = z
  .string()
  .check(z.maxLength(500, 'must have 500 characters at most'), z.regex(/^\P{Cc}*$/u, 'must be one plain line'));
