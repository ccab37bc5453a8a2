import { openBundle } from '../lib/bundle/read.js';
import { isBangerError } from '../lib/errors.js';
import { pathExists } from '../lib/host/files.js';
import { explainPaths, type PathDecision } from '../lib/paths.js';
import { programRoot } from '../lib/program.js';
import { runtimePlace } from './bundle.js';
import type { Context } from './context.js';
import type { Result } from './define-command.js';
import { type Column, table } from './render/table.js';

/** `banger doctor --paths`: where this banger looks for things, and what decided each. */

interface Place extends PathDecision {
  /** Whether something is there, or what is wrong with it. */
  readonly found: string;
}

const columns: readonly Column<Place>[] = [
  { title: 'WHAT', cell: ({ name }) => name },
  { title: 'WHERE', cell: ({ path }) => path || '-' },
  { title: 'DECIDED BY', cell: ({ source }) => source },
  { title: 'THERE', cell: ({ found }) => found },
];

export async function pathsReport(ctx: Context): Promise<Result> {
  const program = { name: 'program', path: programRoot, source: 'where it runs from' };
  const places = await Promise.all([program, ...explainPaths(ctx.env, ctx.uid)].map(look));
  const { path: runtime = '', source } = runtimePlace(ctx, undefined);
  const { found, error } = await lookAtBundle(runtime, source);
  const all = [...places, { name: 'runtime bundle', path: runtime, source, found }];
  return {
    json: { paths: all },
    text: (style) => `${table(columns, all, style)}${error ? `\n\n${error}` : ''}`,
  };
}

async function look(place: PathDecision): Promise<Place> {
  return { ...place, found: (await pathExists(place.path)) ? 'yes' : 'no' };
}

/** A place without a bundle is no mistake, for everything can be built. */
async function lookAtBundle(path: string, source: string): Promise<{ found: string; error?: string }> {
  try {
    const { metadata } = await openBundle(path || undefined, source);
    return { found: metadata ? `version ${metadata.version}` : 'legacy layout' };
  } catch (error) {
    if (!isBangerError(error)) throw error;
    return { found: error.kind === 'not-found' ? 'no' : 'not usable', error: error.message };
  }
}
