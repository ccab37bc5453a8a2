import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { BangerError, commonReasons, type FieldViolation } from './errors.js';
import { readFileSync } from './host/files.js';
import type { Environment } from './paths.js';

/** Sections that a configuration file may have; the first four are everyone's, each other one is owned by the service of that name. */
export const configSections = [
  'log',
  'metrics',
  'access',
  'remote',
  'supervisor',
  'netd',
  'imaged',
  'vmm',
  'dnsd',
] as const;
export type ConfigSection = (typeof configSections)[number];

export interface ConfigSource {
  /** The text of the file; undefined when there is none. */
  readonly text: string | undefined;
  /** The file's path, for messages. */
  readonly path: string;
  readonly env: Environment;
}

/** Reads the file once. A missing file is an empty one; one that cannot be read is an error. */
export function readConfigSource(path: string, env: Environment): ConfigSource {
  try {
    return { text: readFileSync(path, 'utf8'), path, env };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { text: undefined, path, env };
    throw configError(path, [{ field: path, description: (error as Error).message }]);
  }
}

/** The keys above all sections: where the runtime bundle is, and an alias of that for a checkout somewhere else. */
export interface RuntimeKeys {
  readonly runtimeDir?: string;
  readonly repoRoot?: string;
}

const runtimeKeys = ['runtime_dir', 'repo_root'] as const;

/** Fails with INVALID_CONFIG, telling all mistakes in these keys. */
export function readRuntimeKeys(source: ConfigSource): RuntimeKeys {
  const document = parseDocument(source);
  const [runtimeDir, repoRoot] = runtimeKeys.map((key) => document[key] ?? '');
  const problems = runtimeKeys.flatMap((field) => {
    const value = document[field] ?? '';
    const isRight = typeof value === 'string' && (value === '' || value.startsWith('/'));
    return isRight ? [] : [{ field, description: 'must be an absolute path' }];
  });
  if (runtimeDir && repoRoot) problems.push({ field: 'repo_root', description: 'means runtime_dir: set one of them' });
  if (problems.length > 0) throw configError(source.path, problems);
  return { ...(runtimeDir && { runtimeDir: String(runtimeDir) }), ...(repoRoot && { repoRoot: String(repoRoot) }) };
}

type Schemas = Readonly<Partial<Record<ConfigSection, z.ZodType>>>;
type Sections<T extends Schemas> = { readonly [K in keyof T]: T[K] extends z.ZodType ? z.infer<T[K]> : never };

/**
 * The sections that a process reads, each checked by its schema and frozen. BANGER_SECTION_KEY in the environment beats
 * the file; its value is read as TOML, and as plain text when it is none. Every problem is reported at once, with
 * INVALID_CONFIG. Unknown sections are told by the services: the supervisor, which comes first, would end there and hide
 * the mistakes that they find in their own.
 */
export function readConfig<T extends Schemas>(source: ConfigSource, schemas: T): Sections<T> {
  const document = parseDocument(source);
  const problems = 'supervisor' in schemas ? [] : unknownSections(document);
  const sections: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const result = checkSection(document[name] ?? {}, name, schema, source.env);
    if ('problems' in result) problems.push(...result.problems);
    else sections[name] = Object.freeze(result.data);
  }
  if (problems.length > 0) throw configError(source.path, problems);
  return sections as Sections<T>;
}

/** One section alone. */
export function configSection<S extends z.ZodType>(
  source: ConfigSource,
  section: ConfigSection,
  schema: S,
): z.infer<S> {
  return readConfig(source, { [section]: schema })[section] as z.infer<S>;
}

type Checked = { readonly data: unknown } | { readonly problems: readonly FieldViolation[] };

function checkSection(fromFile: unknown, section: string, schema: z.ZodType, env: Environment): Checked {
  if (!isTable(fromFile)) {
    return { problems: [{ field: section, description: `must be a section: write [${section}] above its keys` }] };
  }
  const overrides = fromEnvironment(env, section);
  const result = schema.safeParse({ ...fromFile, ...overrides });
  if (result.success) return { data: result.data };
  const problems = result.error.issues.flatMap((issue) => {
    // A key that the schema does not know is named in the issue, not in its path.
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const description = issue.code === 'unrecognized_keys' ? 'is no key of this section' : issue.message;
    return paths.map((path) => ({ field: fieldName(section, path, overrides), description }));
  });
  return { problems };
}

/** Where the mistake is to be corrected: the environment variable when the value came from there. */
function fieldName(section: string, path: readonly PropertyKey[], overrides: object): string {
  const [key = ''] = path;
  if (Object.hasOwn(overrides, key)) return `BANGER_${section}_${String(key)}`.toUpperCase();
  return [section, ...path].join('.');
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function parseDocument(source: ConfigSource): Record<string, unknown> {
  try {
    return parse(source.text ?? '');
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [summary] = error.message.split('\n');
    const field = `line ${error.line}, column ${error.column}`;
    throw configError(source.path, [{ field, description: summary ?? 'is not TOML' }]);
  }
}

function unknownSections(document: Record<string, unknown>): FieldViolation[] {
  const known: readonly string[] = [...configSections, ...runtimeKeys];
  return Object.keys(document)
    .filter((name) => !known.includes(name))
    .map((name) => ({ field: name, description: `is no section; the sections are ${configSections.join(', ')}` }));
}

function fromEnvironment(env: Environment, section: string): Record<string, unknown> {
  const prefix = `BANGER_${section.toUpperCase()}_`;
  const entries = Object.entries(env)
    .filter(([name, value]) => name.startsWith(prefix) && value !== undefined)
    .map(([name, value]) => [name.slice(prefix.length).toLowerCase(), tomlOrText(value ?? '')]);
  return Object.fromEntries(entries);
}

function tomlOrText(value: string): unknown {
  try {
    return parse(`v = ${value}`).v;
  } catch {
    return value;
  }
}

function configError(path: string, fields: readonly FieldViolation[]): BangerError {
  const text = fields.map((f) => `${f.field}: ${f.description}`).join('; ');
  const message = `cannot use the configuration ${path}: ${text}`;
  return new BangerError('invalid', commonReasons.INVALID_CONFIG, message, { fields, metadata: { path } });
}
