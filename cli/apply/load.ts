import { dirname, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { BangerError } from '../../lib/errors.js';
import { readTextIfExists } from '../../lib/host/files.js';
import { type TomlPath, tomlLines } from '../../lib/toml-lines.js';
import type { Context } from '../context.js';
import { reasons, usageError } from '../errors.js';
import type { Mistake, Project, WantedImage } from './file.js';
import { readProject } from './project.js';

/** A file as it was read. */
export interface LoadedFile {
  /** As messages name it. */
  readonly name: string;
  /** The folder that its paths start from. */
  readonly folder: string;
  readonly project: Project;
  readonly mistakes: readonly Mistake[];
  /** The line of a path, from 1; of what holds it when there is none. */
  readonly lineOf: (path: TomlPath) => number | undefined;
}

/** Reads a file, or standard input for "-". Fails when it is no TOML; other mistakes are in what it returns. */
export async function loadFile(ctx: Context, given: string): Promise<LoadedFile> {
  const [name, path] = given === '-' ? ['standard input', undefined] : [given, resolve(given)];
  const text = path === undefined ? await readInput(ctx) : await readTextIfExists(path);
  if (text === undefined) {
    const description = `there is no file ${given}; name one with --file, or make one with \`banger export\``;
    throw usageError([{ field: '--file', description }], 'banger apply --help');
  }
  const folder = path === undefined ? process.cwd() : dirname(path);
  const { project, mistakes } = readProject(documentOf(name, text));
  const ofRecipes = await Promise.all(project.images.map((image) => recipeMistakes(folder, image)));
  return { name, folder, project, mistakes: [...mistakes, ...ofRecipes.flat()], lineOf: tomlLines(text) };
}

async function readInput(ctx: Context): Promise<string> {
  if (ctx.stdin.isTTY) throw usageError(['standard input is a terminal: name a file, or give a pipe']);
  let text = '';
  for await (const piece of ctx.stdin) text += String(piece);
  return text;
}

function documentOf(name: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [description = ''] = error.message.split('\n');
    throw fileInvalid(name, [
      { field: `line ${error.line}`, description: description.replace('Invalid TOML document: ', '') },
    ]);
  }
}

/** The image that a recipe makes has the recipe's name. */
async function recipeMistakes(folder: string, { name, how, source }: WantedImage): Promise<Mistake[]> {
  const path = ['images', name, 'recipe'];
  if (how !== 'recipe') return [];
  const isPath = source.includes('/') || source.endsWith('.toml');
  const actual = isPath ? await nameIn(folder, source) : source;
  if (actual === undefined) return [{ path, description: `there is no file ${resolve(folder, source)}` }];
  if (actual === '' || actual === name) return [];
  return [{ path, description: `this recipe makes an image named ${actual}: write [images.${actual}]` }];
}

/** Empty when the recipe does not say: whoever builds it says what is wrong with it. Undefined when there is none. */
async function nameIn(folder: string, source: string): Promise<string | undefined> {
  const text = await readTextIfExists(resolve(folder, source));
  if (text === undefined) return undefined;
  try {
    const { name } = parse(text);
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

/** Mistakes as they are told: by their lines, with the path in front. */
export function refuseMistakes({ name, lineOf }: LoadedFile, mistakes: readonly Mistake[]): void {
  if (mistakes.length === 0) return;
  const lines = mistakes.map(({ path, description }) => ({ line: lineOf(path) ?? 1, path, description }));
  lines.sort((a, b) => a.line - b.line);
  throw fileInvalid(
    name,
    lines.map(({ line, path, description }) => ({
      field: `line ${line}`,
      description: path.length === 0 ? description : `${path.join('.')}: ${description}`,
    })),
  );
}

function fileInvalid(name: string, fields: readonly { field: string; description: string }[]): BangerError {
  const text = fields.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return new BangerError('invalid', reasons.APPLY_FILE_INVALID, `cannot apply ${name}: ${text}`, {
    metadata: { file: name },
    fields,
  });
}
