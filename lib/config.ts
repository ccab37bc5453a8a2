import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { BangerError, commonReasons, type FieldViolation } from './errors.js';
import { readFileSync } from './host/files.js';
import type { Environment } from './paths.js';

/** Sections that a configuration file may have; each is owned by the service of that name. */
export const configSections = ['log', 'supervisor', 'netd', 'imaged', 'vmm', 'dnsd'] as const;
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

/**
 * One section, checked by its schema and frozen. BANGER_SECTION_KEY in the environment beats the file; its value is
 * read as TOML, and as plain text when it is none. Every problem is reported at once, with INVALID_CONFIG.
 */
export function configSection<S extends z.ZodType>(
  source: ConfigSource,
  section: ConfigSection,
  schema: S,
): z.infer<S> {
  const document = parseDocument(source);
  const problems = unknownSections(document);
  const fromFile = document[section] ?? {};
  const values = { ...(fromFile as object), ...fromEnvironment(source.env, section) };
  const result = schema.safeParse(values);
  if (!result.success) {
    for (const issue of result.error.issues) {
      problems.push({ field: [section, ...issue.path].join('.'), description: issue.message });
    }
  }
  if (problems.length > 0 || !result.success) throw configError(source.path, problems);
  return Object.freeze(result.data) as z.infer<S>;
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
  const known: readonly string[] = configSections;
  return Object.keys(document)
    .filter((name) => !known.includes(name))
    .map((name) => ({ field: name, description: `is no section; the sections are ${known.join(', ')}` }));
}

function fromEnvironment(env: Environment, section: ConfigSection): Record<string, unknown> {
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
