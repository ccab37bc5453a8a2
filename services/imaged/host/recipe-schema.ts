import { z } from 'zod';
import { suggest } from '../../../lib/suggest.js';
import { imageInits } from '../domain/image.js';

/** Also what our tar archives can hold. */
const maxPathLength = 100;
const absolutePath = z
  .string()
  .regex(/^(\/(?!\.{1,2}(\/|$))[^/]+)+$/, 'must be an absolute path without "." and ".."')
  .regex(/^[\x20-\x7e]*$/, 'must be of printable ASCII characters')
  .max(maxPathLength, `must have at most ${maxPathLength} characters`);
/** What lies in these is gone when the guest starts. */
const imagePath = absolutePath.regex(
  /^\/(?!(dev|proc|run|sys|tmp)(\/|$))/,
  'must not be in /dev, /proc, /run, /sys or /tmp',
);
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a Debian package');
const unitName = z.string().regex(/^[A-Za-z0-9:_.@\\-]+\.[a-z]+$/, 'must be the name of a systemd unit');
const userPattern = '[a-z_][a-z0-9_-]{0,31}';
/** Within the recipe's folder: a link among its parts is refused when it is read. */
const besidePath = z
  .string()
  .regex(
    /^(?!\/)((?!\.{1,2}(\/|$))[^/\0]+(\/(?!$)|$))+$/,
    'must be a path below the folder of the recipe, without ".."',
  );
const guestFile = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be the name of a file that banger ships');
const text = z.string().min(1, 'must not be empty');

const fileSchema = z.strictObject({
  path: imagePath,
  source: besidePath.optional(),
  content: z.string().optional(),
  guest: guestFile.optional(),
  mode: z
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .max(0o7777, 'must be at most 0o7777')
    .default(0o644),
  owner: z
    .string()
    .regex(new RegExp(`^${userPattern}(:${userPattern})?$`), 'must be "user" or "user:group"')
    .optional(),
});
const scriptSchema = z.strictObject({
  source: besidePath.optional(),
  run: text.optional(),
  network: z.boolean().default(false),
});
const linkSchema = z.strictObject({ path: imagePath, target: absolutePath });

/** A recipe file: docs/images.md. Modes are octal, such as 0o755. */
export const recipeSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and inner hyphens'),
  description: text,
  base: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a recipe that banger ships, or a file beside this one')
    .optional(),
  suite: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, 'must be "host" or the name of a suite, such as "bookworm"')
    .optional(),
  default_user: z
    .string()
    .regex(new RegExp(`^${userPattern}$`), 'must be the name of a user')
    .optional(),
  init: z.enum(imageInits, `must be one of ${imageInits.map((init) => `"${init}"`).join(', ')}`).optional(),
  size: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(1024 * 1024, 'must be at most 1048576')
    .optional(),
  trim: z.boolean().optional(),
  packages: z.array(packageName).default([]),
  masked_units: z.array(unitName).default([]),
  folders: z.array(imagePath).default([]),
  files: z.array(fileSchema).default([]),
  links: z.array(linkSchema).default([]),
  scripts: z.array(scriptSchema).default([]),
});

/** A mistake, with the path of the key that it is about. */
export interface RecipeProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What the schema finds wrong with a parsed recipe, and what it cannot see; all at once. */
export function recipeProblems(value: unknown): RecipeProblem[] {
  const { error } = recipeSchema.safeParse(value);
  return [...(error?.issues ?? []).flatMap(problemsOf), ...alternatives(value)];
}

function problemsOf(issue: z.core.$ZodIssue): RecipeProblem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return [{ path, message: 'is missing' }];
  return [{ path, message: issue.message }];
}

const knownKeys: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(recipeSchema.shape),
  files: Object.keys(fileSchema.shape),
  links: Object.keys(linkSchema.shape),
  scripts: Object.keys(scriptSchema.shape),
};

function unknownKey(path: readonly (string | number)[], key: string): RecipeProblem {
  const known = knownKeys[path[0] ?? ''] ?? [];
  const likely = suggest(key, known);
  const help = likely === undefined ? `there are ${known.join(', ')}` : `did you mean ${likely}?`;
  return { path: [...path, key], message: `is no key of a recipe; ${help}` };
}

/** Keys of which exactly one must be there. Looked for in what was given, however wrong the rest is. */
const choices = { files: ['source', 'content', 'guest'], scripts: ['source', 'run'] } as const;

function alternatives(value: unknown): RecipeProblem[] {
  return Object.entries(choices).flatMap(([list, keys]) => {
    const given = (value as Record<string, unknown>)[list];
    if (!Array.isArray(given)) return [];
    return given.flatMap((entry: unknown, i): RecipeProblem[] => {
      if (typeof entry !== 'object' || entry === null) return [];
      const found = keys.filter((key) => key in entry);
      if (found.length === 1) return [];
      const what = found.length === 0 ? 'has none' : `has ${found.join(' and ')}`;
      return [{ path: [list, i], message: `needs one of ${keys.join(', ')}, and ${what}` }];
    });
  });
}
