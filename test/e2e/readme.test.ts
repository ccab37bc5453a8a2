import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { bangerProgram, createWorld, type World } from './support/world.js';

/** The commands that the README shows run as they stand, in their order, on real daemons. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let world: World;

beforeAll(async () => {
  folder = await tempFolder();
  // Bundles are unpacked in the checkout otherwise, where other suites would find them.
  world = await createWorld({ env: { BANGER_RUNTIME_DIR: join(folder.path, 'runtime') } });
});
afterAll(async () => {
  await world?.dispose();
  await folder?.remove();
});

/** The lines of the README's ```sh blocks; a block that is not for a machine to run is fenced as ```text. */
function readmeCommands(): string[] {
  const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)];
  const lines = blocks.flatMap(([, block]) => (block ?? '').split('\n'));
  return lines.map((line) => line.replace(/\s+#.*$/, '').trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

/** What a checkout needs once; the quickstart's own test runs it. */
const setup = /^(git clone|cd |npm )/;

test('every command of the README works', async () => {
  const commands = readmeCommands().filter((line) => !setup.test(line));
  expect(commands.length).toBeGreaterThan(8);
  const path = `${dirname(bangerProgram)}:${process.env.PATH}`;
  for (const line of commands) {
    // The README is written for a shell: quoting and `&&` mean what they mean there.
    const result = await runCommand(['sh', '-c', line], {
      cwd: folder.path,
      env: { ...world.env, PATH: path },
      timeoutMs: 300_000,
      okExitCodes: Array.from({ length: 256 }, (_, code) => code),
    });
    expect({ line, exitCode: result.exitCode, stderr: result.exitCode === 0 ? '' : result.stderr }).toEqual({
      line,
      exitCode: 0,
      stderr: '',
    });
  }
});
