// What a test run could leave on the machine, as lines that can be compared.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { run } from './steps.mjs';

const ourPrograms = /qemu-system|firecracker --|jailer --|TUNSETIFF|bangerd|dist\/(services|supervisor)\/|mmdebstrap/;
/** iproute2 makes it with the first namespace that has a name, and keeps it. */
const namespacesMount = '/run/netns';

/** Links, rules, namespaces, mounts, cgroups, our processes, and our files in the temporary folder. */
export async function hostTraces() {
  const [links, rules, namespaces, processes] = await Promise.all([
    run(['ip', '-o', 'link']),
    run(['nft', 'list', 'ruleset']),
    run(['ip', 'netns', 'list']),
    run(['ps', '-eo', 'pid=,args=']),
  ]);
  const mounts = lines(readFileSync('/proc/self/mounts', 'utf8')).map((line) => {
    const [, path, type] = line.split(' ');
    return { path, type };
  });
  return [
    ...lines(links).map((line) => `link ${line.split(': ')[1]}`),
    ...lines(rules).map((line) => `rule ${line}`),
    ...lines(namespaces).map((line) => `namespace ${line}`),
    ...mounts.map(({ path }) => `mount ${path}`).filter((trace) => trace !== `mount ${namespacesMount}`),
    ...cgroupsOfOurs(mounts).map((name) => `cgroup ${name}`),
    ...lines(processes)
      .filter((line) => ourPrograms.test(line) && isOnOurNetwork(Number.parseInt(line, 10)))
      .map((line) => `process ${line}`),
    ...readdirSync(tmpdir())
      .filter((name) => /^(bg-|banger|mmdebstrap)/.test(name) && !name.startsWith('banger-test-'))
      .map((name) => `file ${name}`),
  ];
}

function cgroupsOfOurs(mounts) {
  const root = mounts.find(({ type }) => type === 'cgroup2')?.path;
  return root === undefined ? [] : readdirSync(root).filter((name) => name.startsWith('banger'));
}

/** Others may test on the same machine. */
function isOnOurNetwork(pid) {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net');
  } catch {
    // It has ended, or is nobody's business.
    return false;
  }
}

function lines(text) {
  return text.split('\n').filter((line) => line.trim() !== '');
}
