import { runCommand } from '../../../lib/host/command.js';

/** Everything of the network that banger could touch, as text that must be the same before and after. */
export async function hostNetwork(): Promise<Record<string, string>> {
  const stdout = async (...argv: string[]) => (await runCommand(argv)).stdout;
  return {
    rules: await stdout('nft', 'list', 'ruleset'),
    links: await stdout('ip', '-o', 'link'),
    addresses: await stdout('ip', '-o', 'addr'),
    routes: await stdout('ip', 'route', 'show', 'table', 'all'),
    routes6: await stdout('ip', '-6', 'route', 'show', 'table', 'all'),
    // The others come and go with what the host talks to.
    neighbours: await stdout('ip', 'neigh', 'show', 'nud', 'permanent'),
    sysctls: steady(await stdout('sysctl', '-a', '--pattern', '^net')),
  };
}

/** Counters and caches that the kernel moves by itself. */
function steady(sysctls: string): string {
  const moving = /nf_conntrack_count|\.base_reachable|route\.gc|tcp_fastopen_key|nf_conntrack_buckets/;
  return sysctls
    .split('\n')
    .filter((line) => !moving.test(line))
    .join('\n');
}

/** Runs lines of `ip -batch`, in a namespace when one is named. */
export async function ipBatch(lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-n', namespace];
  await runCommand(['ip', ...where, '-batch', '-'], { stdin: lines.map((line) => `${line}\n`).join('') });
}
