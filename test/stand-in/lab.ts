import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { pollUntil } from '../../lib/clock.js';
import { pathExists, removePath, truncate, writeFile } from '../../lib/host/files.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { Connection, type Reply, requestText } from './connection.js';
import { installStandIn, type StandIn } from './install.js';
import type { StandInSettings } from './settings.js';

/** Nothing here is about speed. */
const generousMs = 120_000;

export interface Run {
  readonly child: ChildProcess;
  /** All it said so far: standard output, then standard error. */
  output(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** A folder with an installed stand-in, and what a guest is made of. Dispose ends all that was started. */
export class Lab {
  readonly #runs: Run[] = [];

  private constructor(
    readonly folder: string,
    readonly programs: StandIn,
    private readonly remove: () => Promise<void>,
  ) {}

  static async open(settings: Partial<StandInSettings> = {}): Promise<Lab> {
    const { path, remove } = await tempFolder();
    const programs = await installStandIn(join(path, 'bin'), settings).catch(async (error: unknown) => {
      await remove();
      throw error;
    });
    const lab = new Lab(path, programs, remove);
    await writeFile(lab.at('vmlinux'), '\x7fELF and the rest');
    for (const name of ['initrd.cpio', 'initrd.img', 'base.ext4', 'overlay.ext4', 'work.ext4']) {
      await writeFile(lab.at(name), '');
      await truncate(lab.at(name), 1024 * 1024);
    }
    return lab;
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  run(argv: readonly string[], stdin: 'ignore' | number = 'ignore'): Run {
    const child = spawnChild(argv, { stdio: [stdin, 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text;
      });
    }
    const ended = new Promise<Awaited<Run['ended']>>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const run = { child, output: () => texts.stdout + texts.stderr, ended };
    this.#runs.push(run);
    return run;
  }

  /** Starts Firecracker's double with the API at `api.sock`, and returns when it answers there. */
  async start(stdin: 'ignore' | number = 'ignore'): Promise<Run> {
    const socket = this.at('api.sock');
    await removePath(socket);
    const run = this.run([this.programs.firecracker, '--id', 'vm-a', '--api-sock', socket], stdin);
    await this.listening(socket, run);
    return run;
  }

  /** Has a started double boot a guest, whose console is standard output. */
  async boot(bootArgs = 'console=ttyS0 reboot=k panic=1'): Promise<void> {
    const boot = { kernel_image_path: this.at('vmlinux'), boot_args: bootArgs };
    await this.put('/boot-source', boot);
    await this.put('/actions', { action_type: 'InstanceStart' });
  }

  /** A PUT that is to be taken. */
  async put(path: string, body: unknown): Promise<void> {
    const { status, body: fault } = await this.request('PUT', path, body);
    if (status !== 204) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(fault)}`);
  }

  async listening(socket: string, run: Run): Promise<void> {
    const answers = async () => {
      if (run.child.exitCode !== null) throw new Error(`it ended: ${run.output()}`);
      if (!(await pathExists(socket))) return false;
      return (await this.request('GET', '/', undefined, socket).catch(() => undefined)) !== undefined;
    };
    await this.until(answers, `${socket} answers`);
  }

  /** Over a connection of its own. */
  async request(method: string, path: string, body?: unknown, socket = this.at('api.sock')): Promise<Reply> {
    const connection = await Connection.open(socket);
    connection.send(requestText(method, path, body));
    const reply = await connection.read();
    await connection.close();
    if (!reply) throw new Error(`${method} ${path} was not answered`);
    return reply;
  }

  /** Returns when a process said this. */
  said(run: Run, text: string): Promise<void> {
    return this.until(() => run.output().includes(text), `"${text}" is said`);
  }

  async until(probe: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await pollUntil(probe, { what, timeoutMs: generousMs, everyMs: 10 });
  }

  /** With other settings, which may name paths in this lab. */
  async reinstall(settings: Partial<StandInSettings>): Promise<void> {
    await installStandIn(join(this.folder, 'bin'), settings);
  }

  async dispose(): Promise<void> {
    for (const { child, ended } of this.#runs) {
      child.kill('SIGKILL');
      await ended;
    }
    await this.remove();
  }
}
