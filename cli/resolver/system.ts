import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { BangerError } from '../../lib/errors.js';
import { runCommand } from '../../lib/host/command.js';
import { pathExists, readdir, readTextIfExists, removePath, writeFileAtomic } from '../../lib/host/files.js';
import type { Context } from '../context.js';
import { reasons } from '../errors.js';
import { type PresentFile, type Step, uninstallPlan } from './plan.js';
import { type HostFacts, linkName, wiringPaths } from './wiring.js';

/** The system whose settings are meant: the one that runs, or one below BANGER_SYSTEM_ROOT that is being prepared. */
export function systemOf({ env }: Pick<Context, 'env'>): System {
  return new System(env.BANGER_SYSTEM_ROOT || '/');
}

/** The settings of a system; below another root than "/" nothing is run: it is not the system that runs. */
export class System {
  constructor(private readonly root: string) {}

  async facts(): Promise<HostFacts> {
    const [resolvConf = '', nsswitch = '', networkManager, hasResolved, hasDnsmasq] = await Promise.all([
      this.#read('/etc/resolv.conf'),
      this.#read('/etc/nsswitch.conf'),
      this.#networkManager(),
      pathExists(this.#at('/run/systemd/resolve/io.systemd.Resolve')),
      pathExists(this.#at('/etc/dnsmasq.d')),
    ]);
    return { resolvConf, nsswitch, networkManager, hasResolved, hasDnsmasq };
  }

  /** What is at the places of our files. */
  async present(): Promise<PresentFile[]> {
    const found = wiringPaths().map(async ({ kind, path }) => {
      const text = await this.#read(path);
      return text === undefined ? [] : [{ kind, path, text }];
    });
    return (await Promise.all(found)).flat();
  }

  /** Whether the link is there that carries the route in systemd-resolved; it has an address as long as it is. */
  hasLink(): boolean {
    return this.root === '/' && linkName in networkInterfaces();
  }

  /** Takes the steps. When one fails, what was written before is taken back, and it fails with DNS_NOT_WIRED. */
  async take(steps: readonly Step[], signal: AbortSignal): Promise<void> {
    for (const step of steps) {
      try {
        await this.#takeOne(step, signal);
      } catch (error) {
        if (step.do !== 'run' || signal.aborted) throw error;
        const written = steps.some(({ do: verb }) => verb === 'write');
        if (written) await this.#undo();
        throw notWired(step.argv, written, error);
      }
    }
  }

  /** Best effort: what failed is told, and not that its undoing failed, too. */
  async #undo(): Promise<void> {
    for (const step of uninstallPlan(await this.present())) {
      await this.#takeOne(step, new AbortController().signal).catch(() => undefined);
    }
  }

  async #takeOne(step: Step, signal: AbortSignal): Promise<void> {
    switch (step.do) {
      case 'write':
        return writeFileAtomic(this.#at(step.path), step.text, 0o644);
      case 'remove':
        return removePath(this.#at(step.path));
      case 'run':
        if (this.root === '/') await runCommand(step.argv, { signal });
    }
  }

  /** NetworkManager.conf(5): the folders by rank, within them and then /etc's own files by name. */
  async #networkManager(): Promise<string> {
    const main = '/etc/NetworkManager/NetworkManager.conf';
    const folders = ['/usr/lib', '/run', '/etc'].map((top) => `${top}/NetworkManager/conf.d`);
    const lists = folders.map(async (folder) => {
      const names = await readdir(this.#at(folder)).catch(() => []);
      return names
        .filter((name) => name.endsWith('.conf'))
        .sort()
        .map((name) => join(folder, name));
    });
    const [lib = [], run = [], etc = []] = await Promise.all(lists);
    const texts = await Promise.all([...lib, ...run, main, ...etc].map((path) => this.#read(path)));
    return texts.map((text) => text ?? '').join('\n');
  }

  #read(path: string): Promise<string | undefined> {
    return readTextIfExists(this.#at(path));
  }

  #at(path: string): string {
    return join(this.root, path);
  }
}

function notWired(argv: readonly string[], undone: boolean, cause: unknown): BangerError {
  const command = argv.join(' ');
  const why = cause instanceof Error ? cause.message : String(cause);
  const then = undone ? 'what was written is taken back; see to that and try again' : 'see to that and try again';
  const message = `cannot tell the resolver of VMs' names: \`${command}\` failed: ${why}; ${then}`;
  return new BangerError('wrong-state', reasons.DNS_NOT_WIRED, message, { metadata: { command }, cause });
}
