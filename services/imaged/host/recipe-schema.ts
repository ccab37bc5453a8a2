import { z } from 'zod';
import { imageInits } from '../domain/image.js';

const absolutePath = z
  .string()
  .regex(/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/, 'must be an absolute path without "." and ".."')
  .max(100, 'must have at most 100 characters');
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a Debian package');
const unitName = z.string().regex(/^[A-Za-z0-9:_.@\\-]+\.[a-z]+$/, 'must be the name of a systemd unit');
const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain name');

/** A recipe file: docs are in the recipes themselves. Modes are octal, such as 0o755. */
export const recipeSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and inner hyphens'),
  description: z.string().min(1),
  suite: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be "host" or the name of a suite, such as "bookworm"'),
  default_user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user'),
  init: z.enum(imageInits),
  packages: z.array(packageName).min(1),
  masked_units: z.array(unitName).default([]),
  masked_generators: z.array(plainName).default([]),
  folders: z.array(absolutePath).default([]),
  files: z
    .array(
      z.strictObject({
        path: absolutePath,
        source: plainName,
        mode: z.int().min(0, 'must be at least 0').max(0o7777, 'must be at most 0o7777').default(0o644),
      }),
    )
    .default([]),
  links: z.array(z.strictObject({ path: absolutePath, target: absolutePath })).default([]),
});
