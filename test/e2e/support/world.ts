import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CommandResult, runCommand } from '../../../lib/host/command.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';

/** Every exit code is an answer to a test that asks for it. */
export const anyExitCode = Array.from({ length: 256 }, (_, code) => code);

/** Under emulation on a busy machine a boot takes many times what it takes on a quiet one. */
const commandTimeoutMs = 300_000;

/**
 * A banger of a test's own: state, sockets and configuration in a folder that goes away, the daemons in the test's own
 * network namespace, the images copied from the prepared store.
 */
export interface World {
  readonly env: Readonly<Record<string, string>>;
  readonly stateDir: string;
  readonly runDir: string;
  readonly configFile: string;
  /** Runs the CLI; fails unless it ends with 0. */
  banger(...args: string[]): Promise<CommandResult>;
  /** Runs the CLI and returns how it ended. */
  attempt(...args: string[]): Promise<CommandResult>;
  /** Runs the CLI with --json and reads its answer. */
  json<T>(...args: string[]): Promise<T>;
  /** Runs a command in a VM; fails unless it ends with 0. */
  inVm(vm: string, ...command: string[]): Promise<string>;
  /** Removes VMs, daemons and files. */
  dispose(): Promise<void>;
}

const checkout = resolve('.');
export const bangerProgram = join(checkout, 'bin/banger');

export interface WorldOptions {
  /** Whether kernel and image are there from the start; they are unless told otherwise. */
  readonly images?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Another `banger` than the checkout's, with the words before it: how it is to be run. */
  readonly program?: readonly string[];
  readonly cwd?: string;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await tempFolder();
  const [stateDir, runDir] = [join(folder.path, 'state'), join(folder.path, 'run')];
  const configFile = join(folder.path, 'config.toml');
  const places = { BANGER_STATE_DIR: stateDir, BANGER_RUN_DIR: runDir, BANGER_CONFIG: configFile };
  const env = { ...places, NO_COLOR: '1', ...options.env };
  if (options.images ?? true) await copyStore(join(stateDir, 'imaged'));
  const { program = [bangerProgram], cwd } = options;
  const attempt = (...args: string[]) =>
    runCommand([...program, ...args], { env, cwd, okExitCodes: anyExitCode, timeoutMs: commandTimeoutMs });
  const banger = async (...args: string[]) => {
    const result = await attempt(...args);
    if (result.exitCode === 0) return result;
    throw new Error(`banger ${args.join(' ')}: exit code ${result.exitCode}\n${result.stderr}${result.stdout}`);
  };
  return {
    env,
    stateDir,
    runDir,
    configFile,
    banger,
    attempt,
    json: async (...args) => JSON.parse((await banger(...args, '--json')).stdout),
    inVm: async (vm, ...command) => (await banger('vm', 'ssh', vm, '--', ...command)).stdout.trim(),
    dispose: async () => {
      await takeDown(attempt);
      await folder.remove();
    },
  };
}

/** The store that `npm test` has prepared: kernel and image are built outside the test's network namespace. */
async function copyStore(target: string): Promise<void> {
  const store = process.env.BANGER_TEST_STORE;
  if (store === undefined || !existsSync(store)) {
    throw new Error('BANGER_TEST_STORE names no prepared store; run the suites with `npm test`');
  }
  mkdirSync(join(target, '..'), { recursive: true });
  await runCommand(['cp', '-a', '--sparse=always', store, target]);
}

async function takeDown(attempt: World['attempt']): Promise<void> {
  const list = await attempt('vm', 'list', '--json');
  if (list.exitCode === 0) {
    const names = (JSON.parse(list.stdout) as { name: string }[]).map((vm) => vm.name);
    if (names.length > 0) await attempt('vm', 'delete', '--force', ...names);
  }
  await attempt('daemon', 'stop');
}
