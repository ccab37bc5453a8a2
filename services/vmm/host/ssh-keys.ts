import { join } from 'node:path';
import { runCommand } from '../../../lib/host/command.js';
import {
  ensureFolder,
  mkdtemp,
  pathExists,
  readFile,
  removePath,
  rename,
  withStorageErrors,
  writeFileAtomic,
} from '../../../lib/host/files.js';
import type { HostKey, SshKeys } from '../app/guest-ports.js';
import type { SshFiles } from '../domain/ssh-config.js';
import { programPath } from './tools.js';
import type { VmPaths } from './vm-paths.js';

const sshKeygen = { program: 'ssh-keygen', debianPackage: 'openssh-client' };

/** The managed key and the pinned host keys, made by ssh-keygen. Everything is for root's eyes only. */
export class SshKeyFiles implements SshKeys {
  readonly files: SshFiles;
  #made: Promise<void> | undefined;

  constructor(private readonly paths: VmPaths) {
    const fileNamed = (name: string) => join(paths.sshFolder, name);
    this.files = {
      identityFile: fileNamed('id_ed25519'),
      knownHostsFile: fileNamed('known_hosts'),
      configFile: fileNamed('config'),
    };
  }

  async authorizedKey(): Promise<string> {
    if (!(await pathExists(this.files.identityFile))) await this.#makeOnce();
    return (await readFile(`${this.files.identityFile}.pub`, 'utf8')).trim();
  }

  newHostKey(comment: string): Promise<HostKey> {
    return this.#generate(comment, async (key) => {
      const [privateKey, line] = await Promise.all([readFile(key, 'utf8'), readFile(`${key}.pub`, 'utf8')]);
      return { privateKey, publicKey: line.trim().split(' ').slice(0, 2).join(' ') };
    });
  }

  async writeKnownHosts(text: string, config: string): Promise<void> {
    const { knownHostsFile, configFile } = this.files;
    // ssh refuses a configuration that others may write.
    await Promise.all([writeFileAtomic(knownHostsFile, text, 0o600), writeFileAtomic(configFile, config, 0o600)]);
  }

  /** Two VMs created at once get the same key. */
  async #makeOnce(): Promise<void> {
    this.#made ??= this.#generate('banger', async (key) => {
      // The private key last: who sees it finds the public one too.
      await rename(`${key}.pub`, `${this.files.identityFile}.pub`);
      await rename(key, this.files.identityFile);
    }).finally(() => {
      this.#made = undefined;
    });
    await this.#made;
  }

  async #generate<T>(comment: string, use: (keyPath: string) => Promise<T>): Promise<T> {
    const program = await programPath('make an ssh key', sshKeygen);
    await ensureFolder(this.paths.sshFolder, 0o700);
    const folder = await withStorageErrors(this.paths.sshFolder, () => mkdtemp(join(this.paths.sshFolder, 'new-')));
    try {
      const key = join(folder, 'key');
      await runCommand([program, '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', key]);
      return await use(key);
    } finally {
      await removePath(folder);
    }
  }
}
