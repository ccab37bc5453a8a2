import { join } from 'node:path';
import { runCommand } from '../../lib/host/command.js';

/** Real resolvers: what each makes of a name server's answers, in the same words. */

/** A name, or for PTR an address, and a type. */
export interface Asked {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'PTR';
}
export type Network = 'udp' | 'tcp';
/** Gives a line of sorted answers for each; "none" when there is none. */
export type Resolver = (network: Network, port: number, asked: readonly Asked[]) => Promise<string[]>;

const server = '127.0.0.1';
const fixtures = 'test/host/fixtures';
const nameArgs = ({ name, type }: Asked) => (type === 'PTR' ? ['-x', name] : [name, type]);
const text = ({ name, type }: Asked) => (type === 'PTR' ? `${name} PTR` : `${name}. ${type}`);
const sorted = (answers: readonly string[]) => (answers.length === 0 ? 'none' : [...answers].sort().join(' '));

/** The data of the records of one answer, as all of these print them. */
function dataOf(output: string): string {
  const records = output.split('\n').filter((line) => /^[^;\s].*\sIN\s/.test(line) && !/\sSOA\s/.test(line));
  return sorted(records.map((line) => line.split(/\s+/).at(-1) ?? ''));
}

/** dig and kdig: one process asks all, and each answer must say how it went. */
const digLike =
  (program: string, options: readonly string[]): Resolver =>
  async (network, port, asked) => {
    const common = [...options, network === 'tcp' ? '+tcp' : '+notcp'];
    const questions = asked.flatMap((one) => [...common, ...nameArgs(one)]);
    const { stdout } = await runCommand([program, `@${server}`, '-p', String(port), ...questions]);
    const answers = stdout.split('->>HEADER<<-').slice(1);
    return answers.map((answer) => (/status: (NOERROR|NXDOMAIN)/.test(answer) ? dataOf(answer) : answer));
  };

/** delv asks one at a time, and validates nothing here: there is no trust anchor for names of our own. */
const delv: Resolver = async (network, port, asked) => {
  const answers: string[] = [];
  for (const one of asked) {
    const options = ['-i', network === 'tcp' ? '+tcp' : '+notcp', ...nameArgs(one)];
    const argv = ['delv', `@${server}`, '-p', String(port), ...options];
    const { stdout, stderr } = await runCommand(argv, { okExitCodes: [0, 1] });
    const isDenied = /ncache (nxdomain|nxrrset)/.test(stdout + stderr);
    answers.push(isDenied || /^; (unsigned answer|authoritative)/m.test(stdout) ? dataOf(stdout) : stdout + stderr);
  }
  return answers;
};

/** Go's own, without the C library. `folder` is where Go may build. */
const go =
  (folder: string): Resolver =>
  async (network, port, asked) => {
    const argv = ['go', 'run', join(fixtures, 'resolve.go'), network, `${server}:${port}`, ...asked.map(text)];
    const build = { GO111MODULE: 'off', GOCACHE: join(folder, 'go-cache'), GOPATH: join(folder, 'go'), HOME: folder };
    return (await runCommand(argv, { env: build, timeoutMs: 300_000 })).stdout.trim().split('\n');
  };

const python: Resolver = async (network, port, asked) => {
  // Debian's, which has Debian's packages; another may stand before it in the path.
  const argv = ['/usr/bin/python3', join(fixtures, 'resolve.py'), network, server, String(port), ...asked.map(text)];
  return (await runCommand(argv)).stdout.trim().split('\n');
};

/** By name; `folder` is for what they leave behind. */
export function resolvers(folder: string): Record<string, Resolver> {
  return {
    dig: digLike('dig', ['+norecurse']),
    kdig: digLike('kdig', ['+norec']),
    delv,
    Go: go(folder),
    Python: python,
  };
}
