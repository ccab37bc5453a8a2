import { BangerError, commonReasons } from '../../../../lib/errors.js';
import type { CommandResult } from '../../../../lib/host/command.js';
import type { Work } from '../../app/ports.js';
import { type ContainerSource, isLoopback } from '../../domain/import-source.js';
import { skopeoFailure } from '../../domain/skopeo-failure.js';
import { runBuildTool } from '../build-tool.js';

/** Where a copy lies in a work folder, and under which tag. */
export const copied = { folder: 'layout', tag: 'image' } as const;

const copyTimeoutMs = 60 * 60_000;
const askTimeoutMs = 2 * 60_000;
/** Where a source lies in a work folder: its own path may hold what skopeo takes as a sign. */
export const sourceName = 'source';

/**
 * There is no list of whom to trust: the digests are checked, and who asked for the image has chosen it. Of an image
 * for several machines the one for guests is taken.
 */
const globalOptions = ['--insecure-policy', '--override-os', 'linux', '--override-arch', 'amd64'] as const;

/** Runs skopeo in a work folder. */
export class Skopeo {
  constructor(
    /** What goes before the program. */
    private readonly wrapper: readonly string[],
    private readonly source: ContainerSource,
    private readonly folder: string,
    private readonly work: Work,
  ) {}

  /** The configuration of the image, as it is in its file. */
  async config(): Promise<string> {
    const argv = ['inspect', '--config', '--raw', ...this.#sourceOptions('--tls-verify=false'), this.#name()];
    return (await this.#run(argv, askTimeoutMs)).stdout;
  }

  /** Copies the image into the work folder. No file of it may be larger than `limitBytes`. */
  async copy(limitBytes: number): Promise<void> {
    const options = ['--dest-oci-accept-uncompressed-layers', ...this.#sourceOptions('--src-tls-verify=false')];
    const argv = ['copy', ...options, this.#name(), `oci:${copied.folder}:${copied.tag}`];
    await this.#run(argv, copyTimeoutMs, ['prlimit', `--fsize=${limitBytes}`, '--']);
  }

  #sourceOptions(withoutTls: string): string[] {
    return this.source.kind === 'registry' && isLoopback(this.source.reference) ? [withoutTls] : [];
  }

  #name(): string {
    if (this.source.kind === 'registry') return `docker://${this.source.reference}`;
    const transport = this.source.kind === 'layout' ? 'oci' : `${this.source.format}-archive`;
    return [transport, sourceName, ...(this.source.tag === '' ? [] : [this.source.tag])].join(':');
  }

  async #run(argv: readonly string[], timeoutMs: number, limits: readonly string[] = []): Promise<CommandResult> {
    const { tell, signal } = this.work;
    const onLine = (line: string) => {
      if (line.startsWith('Copying')) tell({ detail: line.trim() });
    };
    const whole = [...this.wrapper, ...limits, 'skopeo', ...globalOptions, '--tmpdir', this.folder, ...argv];
    return runBuildTool(whole, {
      programName: 'skopeo',
      cwd: this.folder,
      signal,
      timeoutMs,
      onStderrLine: onLine,
      onStdoutLine: argv[0] === 'copy' ? onLine : undefined,
    }).catch((error: unknown) => {
      throw (isFailure(error) && skopeoFailure(this.source, error.metadata.output ?? '')) || error;
    });
  }
}

function isFailure(error: unknown): error is BangerError {
  return error instanceof BangerError && error.reason === commonReasons.COMMAND_FAILED;
}
