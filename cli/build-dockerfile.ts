import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Image, ImportKind } from '../gen/banger/imaged/v1/image_service.js';
import { BangerError, commonReasons, hostNotReady, isBangerError } from '../lib/errors.js';
import { runCommand } from '../lib/host/command.js';
import { ensureFolder, existsSync, readTextIfExists, removePath } from '../lib/host/files.js';
import { missingTools } from '../lib/host/preflight.js';
import { followBuild } from './build-progress.js';
import type { Context } from './context.js';
import type { Result } from './define-command.js';
import { interrupted, reasons, usageError } from './errors.js';
import { imageIsReady } from './views/image.js';

export interface DockerfileBuild {
  readonly file: string;
  /** The folder that the file may copy from. */
  readonly context: string;
  readonly tag: string | undefined;
}

const buildah = { program: 'buildah', debianPackage: 'buildah' };
const buildTimeoutMs = 24 * 60 * 60_000;

/**
 * `image build --file`: buildah makes a container image, as the person who calls and in that person's own store of layers,
 * and imaged makes an image of it. chroot isolation needs neither a container engine nor root.
 */
export async function buildDockerfile(ctx: Context, { file, context, tag }: DockerfileBuild): Promise<Result> {
  if (tag === undefined) throw usageError([{ field: '--tag', description: 'must be given with --file' }]);
  if (!existsSync(file)) throw usageError([{ field: '--file', description: `there is no file ${file}` }]);
  const missing = await missingTools([buildah]);
  if (missing.length > 0) throw hostNotReady(`build image ${tag} from ${file}`, missing);
  // Not /tmp, which may lie in memory: it may be large.
  const folder = join(process.env.TMPDIR ?? '/var/tmp', `banger-build-${randomBytes(6).toString('hex')}`);
  await ensureFolder(folder, 0o700);
  try {
    const archive = await makeArchive(ctx, { file, context, tag }, folder);
    const imaged = await ctx.clients.imaged();
    const request = { source: archive, name: tag, kind: ImportKind.ARCHIVE };
    const { value: image } = await followBuild(
      ctx,
      `image ${tag}`,
      imaged.importImage(request, { signal: ctx.signal }),
    );
    return { json: Image.toJSON(image), text: () => imageIsReady(image) };
  } finally {
    await removePath(folder);
  }
}

async function makeArchive(
  ctx: Context,
  { file, context, tag }: DockerfileBuild & { readonly tag: string },
  folder: string,
): Promise<string> {
  const [idFile, archive] = [join(folder, 'id'), join(folder, 'image.tar')];
  const show = (line: string) => ctx.progress.show(`image ${tag}: ${line}`);
  const options = { signal: ctx.signal, timeoutMs: buildTimeoutMs, onStdoutLine: show, onStderrLine: show };
  const run = (...words: string[]) =>
    runCommand([buildah.program, ...words], options).catch((error: unknown) => {
      if (ctx.signal.aborted) throw interrupted(`the build of image ${tag} was ended; nothing is left of it`);
      throw isBangerError(error, commonReasons.COMMAND_FAILED) ? buildFailed(tag, file, error) : error;
    });
  const build = ['--isolation', 'chroot', '--layers', '--iidfile', idFile, '--file', resolve(file)];
  await run('build', ...build, resolve(context));
  await run('push', ((await readTextIfExists(idFile)) ?? '').trim(), `oci-archive:${archive}`);
  return archive;
}

function buildFailed(tag: string, file: string, cause: BangerError): BangerError {
  const message = `cannot build image ${tag} from ${file}: ${cause.message}`;
  return new BangerError('wrong-state', reasons.DOCKERFILE_FAILED, message, { metadata: { image: tag, file }, cause });
}
