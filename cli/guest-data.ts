import { readTextIfExists } from '../lib/host/files.js';
import type { Context } from './context.js';
import type { OptionSpec } from './define-command.js';
import { usageError } from './errors.js';
import { readEnvironment } from './parse/env-file.js';

/** What a guest is told before its first boot, by files of the command line. */

export const envFileOption = {
  type: 'text',
  summary: 'A file with lines NAME=value: variables of everyone who logs in, in /etc/environment of the guest',
} as const satisfies OptionSpec;

export const userDataOption = {
  type: 'text',
  summary: 'A file with user data for cloud-init; images without cloud-init do nothing with it',
} as const satisfies OptionSpec;

export interface GivenFiles {
  readonly 'env-file': string | undefined;
  readonly 'user-data': string | undefined;
}

export interface GuestData {
  readonly environment: { [name: string]: string };
  readonly userData: string;
}

/** What the files say. Fails with every mistake of both; what a value may be is for vmm to say. */
export async function guestDataOf(given: GivenFiles, help: string): Promise<GuestData> {
  const [environmentFile, userData] = [await textOf(given['env-file']), await textOf(given['user-data'])];
  const { environment, mistakes } = readEnvironment(environmentFile ?? '');
  const all = [
    ...(environmentFile === undefined ? [absent('--env-file', given['env-file'])] : []),
    ...mistakes.map(({ field, description }) => ({ field: '--env-file', description: `${field}: ${description}` })),
    ...(userData === undefined ? [absent('--user-data', given['user-data'])] : []),
  ];
  if (all.length > 0) throw usageError(all, help);
  return { environment, userData: userData ?? '' };
}

/** Empty when no file was given, undefined when there is none. */
async function textOf(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? '' : readTextIfExists(path);
}

function absent(field: string, path: string | undefined): { field: string; description: string } {
  return { field, description: `there is no file ${path}` };
}

/** Tells somebody who gave user data that nothing in the image reads it, where the image's packages are known. */
export async function warnWithoutCloudInit(ctx: Context, image: string): Promise<void> {
  const imaged = await ctx.clients.imaged();
  const { images } = await imaged.listImages({}, { signal: ctx.signal });
  const packages =
    images.find(({ names, digest }) => names.includes(image) || digest === image)?.provenance?.packages ?? [];
  const known = packages.length > 0;
  if (known && !packages.some((one) => one.startsWith('cloud-init='))) {
    ctx.note(`image ${image} has no cloud-init: nothing in it reads the user data`);
  }
}
