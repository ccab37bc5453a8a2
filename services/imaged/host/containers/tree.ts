import { join } from 'node:path';
import { readFile, stat, writeFile } from '../../../../lib/host/files.js';
import type { Work } from '../../app/ports.js';
import type { ArchiveEntry } from '../../domain/archive.js';
import { leftovers, type TreeFacts } from '../../domain/container-tree.js';
import { writeTar } from '../../domain/tar.js';
import { runBuildTool } from '../build-tool.js';
import { resolveInTree } from './tree-paths.js';

const timeoutMs = 10 * 60_000;
/** Enough for every honest file of accounts. */
const maxTextBytes = 1024 * 1024;
const shellPaths = ['/bin/sh', '/bin/bash', '/bin/ash', '/bin/zsh', '/usr/bin/bash', '/usr/bin/zsh', '/usr/bin/fish'];
const wants = 'etc/systemd/system/multi-user.target.wants';

/** Looks at the unpacked tree of a container image, and changes it. No link of the tree leads it out of the tree. */
export class ImageTree {
  constructor(
    private readonly path: string,
    /** What goes before a program that works on the tree. */
    private readonly wrapper: readonly string[],
    private readonly work: Work,
  ) {}

  async facts(): Promise<TreeFacts> {
    const init = await resolveInTree(this.path, 'sbin/init', { last: true });
    const sshdConfig = (await this.#text('etc/ssh/sshd_config')) ?? '';
    const enabled = await Promise.all(['ssh', 'sshd'].map((name) => this.#exists(`${wants}/${name}.service`)));
    const programs = new Set<string>();
    for (const path of shellPaths) if (await this.#exists(path)) programs.add(path);
    return {
      systemd: init.endsWith('/systemd') && (await this.#exists('sbin/init')),
      sshd: (await this.#exists('usr/sbin/sshd')) && /^\s*Include\s+\S*sshd_config\.d/im.test(sshdConfig),
      sshdEnabled: enabled.includes(true),
      shell: programs.has('/bin/sh'),
      passwd: await this.#text('etc/passwd'),
      group: await this.#text('etc/group'),
      shells: await this.#text('etc/shells'),
      hasProgram: (path) => programs.has(path),
    };
  }

  /** Removes what belongs to a running container, and `paths`. */
  async clean(paths: readonly string[]): Promise<void> {
    const places = await Promise.all(
      [...leftovers, ...paths].map((path) => resolveInTree(this.path, path, { last: false })),
    );
    const doomed = [...new Set(places)].filter((place) => place !== '').map((place) => join(this.path, place));
    for (let at = 0; at < doomed.length; at += 1000)
      await this.#run(['rm', '-rf', '--', ...doomed.slice(at, at + 1000)]);
  }

  /** Puts entries on top of the tree. Folders that are there stay as they are. */
  async add(entries: readonly ArchiveEntry[]): Promise<void> {
    const placed = entries.map(async (entry) => {
      const path = await resolveInTree(this.path, entry.path, { last: entry.type === 'folder' });
      return { ...entry, path };
    });
    const archive = `${this.path}.additions.tar`;
    await writeFile(archive, writeTar(await Promise.all(placed)));
    const options = ['--no-overwrite-dir', '--numeric-owner', '--same-permissions'];
    await this.#run(['tar', '--extract', ...options, '--file', archive, '--directory', this.path]);
  }

  async #exists(path: string): Promise<boolean> {
    const place = await resolveInTree(this.path, path, { last: true });
    return (await stat(join(this.path, place)).catch(undefinedWhenUnseen)) !== undefined;
  }

  async #text(path: string): Promise<string | undefined> {
    const place = join(this.path, await resolveInTree(this.path, path, { last: true }));
    const stats = await stat(place).catch(undefinedWhenUnseen);
    if (!stats?.isFile() || stats.size > maxTextBytes) return undefined;
    return readFile(place, 'utf8').catch(undefinedWhenUnseen);
  }

  async #run(argv: readonly string[]): Promise<void> {
    await runBuildTool([...this.wrapper, ...argv], { programName: argv[0], signal: this.work.signal, timeoutMs });
  }
}

function undefinedWhenUnseen(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(error.code ?? '')) return undefined;
  throw error;
}
