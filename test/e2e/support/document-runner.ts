import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../../../lib/host/command.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { outputPattern, type ShellStep, stepsOf } from '../../support/documents.js';
import { anyExitCode, bangerProgram, type World } from './world.js';

/** Types what a document shows into a shell, as its reader does. */
export interface DocumentRunner {
  /** Runs its commands in their order, in a folder of its own; fails at the first that ends or writes otherwise than told. */
  follow(path: string): Promise<void>;
  dispose(): Promise<void>;
}

export async function createDocumentRunner(world: () => World): Promise<DocumentRunner> {
  const folder = await tempFolder();

  /** What a person sees who types this, unless it is as it was told. */
  async function problemOf({ script, output }: ShellStep, cwd: string): Promise<string | undefined> {
    const path = `${dirname(bangerProgram)}:${process.env.PATH}`;
    const { exitCode, stdout, stderr } = await runCommand(['sh', '-e', '-c', script], {
      cwd,
      env: { ...world().env, PATH: path },
      timeoutMs: 300_000,
      okExitCodes: anyExitCode,
    });
    if (exitCode !== 0) return `exit code ${exitCode}\n${stdout}${stderr}`;
    if (output === undefined || outputPattern(output).test(stdout)) return undefined;
    return `it wrote\n${stdout}and not\n${output}`;
  }

  return {
    async follow(path) {
      const cwd = join(folder.path, path);
      mkdirSync(cwd, { recursive: true });
      for (const step of stepsOf(path)) {
        const problem = await problemOf(step, cwd);
        if (problem !== undefined) throw new Error(`${path}:${step.line}\n${step.script}${problem}`);
      }
    },
    dispose: () => folder.remove(),
  };
}
