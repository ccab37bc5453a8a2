// What a test run could leave on the machine, as lines that can be compared.
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { run } from './steps.mjs';

const ourPrograms = /qemu-system|bangerd|dist\/(services|supervisor)\/|mmdebstrap/;

/** Links, rules, namespaces, mounts, our processes, and our files in the temporary folder. */
export async function hostTraces() {
  const [links, rules, namespaces, processes] = await Promise.all([
    run(['ip', '-o', 'link']),
    run(['nft', 'list', 'ruleset']),
    run(['ip', 'netns', 'list']),
    run(['ps', '-eo', 'pid=,args=']),
  ]);
  return [
    ...lines(links).map((line) => `link ${line.split(': ')[1]}`),
    ...lines(rules).map((line) => `rule ${line}`),
    ...lines(namespaces).map((line) => `namespace ${line}`),
    ...lines(readFileSync('/proc/self/mounts', 'utf8')).map((line) => `mount ${line.split(' ')[1]}`),
    ...lines(processes)
      .filter((line) => ourPrograms.test(line))
      .map((line) => `process ${line}`),
    ...readdirSync(tmpdir())
      .filter((name) => /^(bg-|banger|mmdebstrap)/.test(name) && !name.startsWith('banger-test-'))
      .map((name) => `file ${name}`),
  ];
}

function lines(text) {
  return text.split('\n').filter((line) => line.trim() !== '');
}
