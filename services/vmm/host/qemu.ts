import { delay } from '../../../lib/clock.js';
import { isBangerError } from '../../../lib/errors.js';
import { runCommand } from '../../../lib/host/command.js';
import { ensureFolder, readdir, removePath, writeFile } from '../../../lib/host/files.js';
import {
  commandLine,
  identify,
  isAlive,
  isOurUsers,
  signalProcess,
  spawnDetached,
  waitGone,
} from '../../../lib/host/process.js';
import type { Log } from '../../../lib/log.js';
import type { BootKernel, FoundMachine, Hypervisor, HypervisorInfo, LaunchPlan, Machine } from '../app/ports.js';
import { type AccelerationSetting, chooseAcceleration, kvmObstacle } from '../domain/acceleration.js';
import { hypervisorFailed } from '../domain/errors.js';
import type { ChosenHypervisor, ProcessIdentity } from '../domain/vm.js';
import type { ConsoleLogs } from './console-logs.js';
import { type KvmTrials, kvmFacts } from './kvm.js';
import { qemuArgs, uidOfArgs } from './qemu-args.js';
import { lastWords, QemuMachine } from './qemu-machine.js';
import { QmpClient } from './qmp.js';
import { programPath } from './tools.js';
import type { VmPaths } from './vm-paths.js';

export interface QemuOptions {
  /** The program, by name or path. */
  readonly program: string;
  readonly acceleration: AccelerationSetting;
  readonly paths: VmPaths;
  readonly consoles: ConsoleLogs;
  readonly trials: KvmTrials;
  readonly log: Log;
}

/** Between exec and the first answer QEMU reads its kernel and builds the machine. */
const upMs = 30_000;
const lookEveryMs = 5;
/** After this without a greeting the caller is asked whether it still wants the VM. */
const greetingMs = 2_000;
/** A process that is there answers at once, or hangs: the start of the service does not wait long for one. */
const adoptMs = 2_000;

/** Runs VMs with QEMU: detached processes that carry the VM's uid as their name and its sockets in our run directory. */
export class Qemu implements Hypervisor {
  readonly kind = 'qemu';

  constructor(private readonly options: QemuOptions) {}

  async describe(): Promise<HypervisorInfo> {
    const program = await this.#program('run vms');
    const [version, facts] = await Promise.all([versionOf(program), kvmFacts()]);
    return { ...chooseAcceleration(this.options.acceleration, facts), version };
  }

  async choose(kernel: BootKernel, signal?: AbortSignal): Promise<ChosenHypervisor> {
    const { acceleration, trials } = this.options;
    const facts = await kvmFacts();
    if (acceleration !== 'auto' || kvmObstacle(facts) !== undefined) return chooseAcceleration(acceleration, facts);
    const program = await this.#program('start a vm');
    const version = await versionOf(program);
    return chooseAcceleration(acceleration, facts, await trials.run({ program, version, kernel, signal }));
  }

  async launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine> {
    signal?.throwIfAborted();
    const program = await this.#program(`start vm ${plan.name}`);
    await this.#refuseSecond(plan);
    const { paths } = this.options;
    await Promise.all([ensureFolder(paths.runFolder(plan.uid)), ensureFolder(paths.stateFolder(plan.uid))]);
    const logPath = paths.hypervisorLog(plan.uid);
    // The log is about this run: what the former one said would be taken for its last words.
    await writeFile(logPath, '', { mode: 0o640 });
    const places = {
      program,
      qmpSocket: paths.qmpSocket(plan.uid),
      consoleSocket: paths.consoleSocket(plan.uid),
      consoleLog: paths.consoleLog(plan.uid),
    };
    const process = await spawnDetached(qemuArgs(plan, places), { logPath }).catch(async (cause) => {
      throw hypervisorFailed(plan.name, `did not start: ${await lastWords(logPath)}`, cause);
    });
    try {
      const qmp = await this.#firstAnswer(plan, process, signal);
      return await this.#machine(plan.uid, process, qmp);
    } catch (error) {
      signalProcess(process, 'SIGKILL');
      await waitGone(process, upMs);
      throw error;
    }
  }

  async find(): Promise<FoundMachine[]> {
    const found = await this.#processes();
    const { runFolders } = this.options.paths;
    await ensureFolder(runFolders);
    const left = (await readdir(runFolders)).filter((uid) => !found.some((machine) => machine.uid === uid));
    await Promise.all(left.map((uid) => removePath(this.options.paths.runFolder(uid))));
    return found;
  }

  /** A process that does not answer is taken over too, so that it can be ended; one with another name is not ours. */
  async adopt({ uid, process }: FoundMachine): Promise<Machine | undefined> {
    const { paths, log } = this.options;
    if (!isAlive(process) || this.#foundAt(process.pid)?.uid !== uid) return undefined;
    const qmp = await QmpClient.connect(paths.qmpSocket(uid), adoptMs).catch((err) => {
      log.warn({ uid, err }, 'a hypervisor was found that does not answer');
      return undefined;
    });
    if (qmp && (await nameOf(qmp)) !== uid) {
      qmp.close();
      return undefined;
    }
    return this.#machine(uid, process, qmp);
  }

  #program(what: string): Promise<string> {
    return programPath(what, { program: this.options.program, debianPackage: 'qemu-system-x86' });
  }

  async #refuseSecond({ uid, name }: LaunchPlan): Promise<void> {
    const other = (await this.#processes()).find((found) => found.uid === uid);
    if (other) throw hypervisorFailed(name, `runs already as process ${other.process.pid}`);
  }

  async #processes(): Promise<FoundMachine[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    return pids.map((pid) => this.#foundAt(pid)).filter((found) => found !== undefined);
  }

  /** QEMU makes its sockets before it answers: looked for until they are there or the process is not. */
  async #firstAnswer(plan: LaunchPlan, process: ProcessIdentity, signal?: AbortSignal): Promise<QmpClient> {
    const { paths } = this.options;
    for (const end = performance.now() + upMs; performance.now() < end; ) {
      signal?.throwIfAborted();
      const qmp = await QmpClient.connect(paths.qmpSocket(plan.uid), greetingMs).catch(() => undefined);
      if (qmp) return qmp;
      if (!isAlive(process))
        throw hypervisorFailed(plan.name, `ended: ${await lastWords(paths.hypervisorLog(plan.uid))}`);
      await delay(lookEveryMs, signal);
    }
    throw hypervisorFailed(plan.name, `did not answer within ${upMs / 1000} s`);
  }

  async #machine(uid: string, process: ProcessIdentity, qmp: QmpClient | undefined): Promise<Machine> {
    const { paths, consoles, log } = this.options;
    const bound = await consoles.bound(uid);
    return new QemuMachine({ uid, process, qmp, paths, log, onRelease: () => bound.close() });
  }

  #foundAt(pid: number): FoundMachine | undefined {
    const uid = uidOfArgs(commandLine(pid) ?? [], (each) => this.options.paths.qmpSocket(each));
    // Everyone may start a program with our command line; only our own user may start ours.
    const process = uid !== undefined && isOurUsers(pid) ? identify(pid) : undefined;
    return uid !== undefined && process ? { uid, process } : undefined;
  }
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await runCommand([program, '--version']);
  return stdout.match(/version (\S+)/)?.[1] ?? 'unknown';
}

async function nameOf(qmp: QmpClient): Promise<string | undefined> {
  try {
    const answer = (await qmp.execute('query-name')) as { name?: string };
    return answer.name;
  } catch (error) {
    if (isBangerError(error)) return undefined;
    throw error;
  }
}
