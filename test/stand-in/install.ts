import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { defaultSettings, type StandInSettings } from './settings.js';

/** The programs that take the place of Firecracker's. */
export interface StandIn {
  readonly firecracker: string;
  readonly jailer: string;
}

/** What uses it runs in the checkout, and may be one bundled file elsewhere in it. */
const here = resolve('test/stand-in');

/** Puts both programs into a folder. Each is one file with its settings inside: a jail has no environment. */
export async function installStandIn(folder: string, settings: Partial<StandInSettings> = {}): Promise<StandIn> {
  const all: StandInSettings = { ...defaultSettings, ...settings };
  await mkdir(folder, { recursive: true });
  const programs = { firecracker: join(folder, 'firecracker'), jailer: join(folder, 'jailer') };
  const texts = { firecracker: await firecracker(all), jailer: await jailer(all) };
  for (const program of ['firecracker', 'jailer'] as const) {
    // Somebody may be about to run the former one.
    const fresh = `${programs[program]}.new`;
    await writeFile(fresh, texts[program]);
    await chmod(fresh, 0o755);
    await rename(fresh, programs[program]);
  }
  return programs;
}

/** Its settings stand before it, for it is built once. */
async function firecracker(settings: StandInSettings): Promise<string> {
  built ??= buildFirecracker();
  const { program, holdTapProgram } = await built;
  const given = Object.entries({ settings, holdTapProgram });
  const constants = given.map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  return [beginning(settings), '"use strict";', ...constants, program].join('\n');
}

let built: ReturnType<typeof buildFirecracker> | undefined;

async function buildFirecracker() {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'firecracker/main.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    // Without an extension in its name, a file is CommonJS.
    format: 'cjs',
    logLevel: 'error',
  });
  const holdTapProgram = await readFile(join(here, 'firecracker/hold-tap.py'), 'utf8');
  return { program: outputFiles[0]?.text ?? '', holdTapProgram };
}

/**
 * A shell takes this for its program, and Node for a string and a comment. Every launch asks for the version, and the shell
 * knows the answer before Node would have begun. Below /usr, which is there in a jail too. It gives every program its PWD,
 * and in a jail there is no environment.
 */
function beginning({ version }: StandInSettings): string {
  const goodbye = '[anonymous-instance:main] Firecracker exiting successfully. exit_code=0';
  const answer = `printf '%s\\n' 'Firecracker v${version}' '' "$(date -u +%FT%T.%N) ${goodbye}"`;
  const script = `if [ "$*" = --version ]; then ${answer}; exit; fi; unset PWD; exec '${process.execPath}' "$0" "$@"`;
  return `#!/usr/bin/sh\n":" //; ${script}`;
}

/** In the jail, only what is bound there can run: the interpreters with all that they load. */
async function jailer(settings: StandInSettings): Promise<string> {
  const text = await readFile(join(here, 'jailer/jailer.py'), 'utf8');
  const prefixes = [process.execPath, settings.python].map((program) => dirname(dirname(program)));
  const folders = [...new Set(['/usr', '/lib', '/lib64', ...prefixes])].filter((path) => path !== '/');
  const { version, trace, faults } = settings;
  const own = JSON.stringify(JSON.stringify({ version, trace, faults, folders }));
  return `#!${settings.python} -I\n${text.replace('json.loads("{}")', () => `json.loads(${own})`)}`;
}
