import { join } from 'node:path';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { readFile, writeFile } from '../../lib/host/files.js';
import { endProcess } from '../../lib/host/process.js';
import { spawnDetached } from '../../lib/host/spawn.js';

/** A real sshd on loopback, that lets one key in as root. */
export interface SshServer {
  readonly port: number;
  /** As in known_hosts. */
  readonly hostKey: string;
  readonly identityFile: string;
  stop(): Promise<void>;
}

const port = 2222;

export async function startSshServer(folder: string): Promise<SshServer> {
  const path = (name: string) => join(folder, name);
  for (const name of ['host', 'id'])
    await runCommand(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path(name)]);
  // It wants this folder, which a package's service would make.
  await runCommand(['mkdir', '-p', '/run/sshd']);
  const settings = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: path('host'),
    AuthorizedKeysFile: path('id.pub'),
    PidFile: 'none',
    StrictModes: 'no',
    PermitRootLogin: 'yes',
    // No rc file of the one who runs the tests takes part.
    SetEnv: `HOME=${folder}`,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(path('config'), lines.join(''));
  const argv = ['/usr/sbin/sshd', '-D', '-e', '-f', path('config')];
  const { identity } = await spawnDetached(argv, { logPath: path('log') });
  await pollUntil(async () => (await readFile(path('log'), 'utf8')).includes('Server listening'), {
    what: 'sshd listens',
    timeoutMs: 60_000,
  });
  return {
    port,
    hostKey: (await readFile(path('host.pub'), 'utf8')).split(' ').slice(0, 2).join(' '),
    identityFile: path('id'),
    stop: () => endProcess(identity, 1000),
  };
}
