import { listCgroups } from '../../../../lib/host/cgroup.js';
import { ensureFolder, pathExists, readdir, removePath } from '../../../../lib/host/files.js';
import { isAlive, signalProcess, waitGone } from '../../../../lib/host/process.js';
import type { Log } from '../../../../lib/log.js';
import type { BootKernel, Hypervisor, LaunchPlan, Machine } from '../../app/ports.js';
import type { HypervisorReport } from '../../domain/choice.js';
import { hypervisorFailed } from '../../domain/errors.js';
import type { OwnEnd } from '../../domain/restart.js';
import type { FoundMachine, Leftover, Traces } from '../../domain/traces.js';
import { isUid, type ProcessIdentity } from '../../domain/vm.js';
import type { ConsoleLogs } from '../console-logs.js';
import { logged } from '../logged.js';
import { Sweeps } from '../sweeps.js';
import type { VmPaths } from '../vm-paths.js';
import type { Answer } from './api.js';
import { FirecrackerClient } from './client.js';
import { endFromExit, exitCodeFromLog } from './exits.js';
import { type Home, JailedHome, PlainHome, type Programs } from './home.js';
import { Jails } from './jail.js';
import { launch } from './launch.js';
import { logTail } from './logs.js';
import { FirecrackerMachine, type MachineOptions } from './machine.js';
import { MetricsFile } from './metrics-file.js';
import { type FoundProcess, findProcesses } from './processes.js';
import { inspectFirecracker, jailerPath, type Program, usableProgram } from './program.js';
import { tryFirecracker } from './trial.js';

export interface FirecrackerOptions {
  /** The programs, by name or path. */
  readonly program: string;
  readonly jailer: string;
  readonly paths: VmPaths;
  readonly consoles: ConsoleLogs;
  readonly log: Log;
}

/** A process that is there answers at once, or hangs: the start of the service does not wait long for one. */
const adoptMs = 2_000;
const killMs = 30_000;
/** What a trial boot, which has no uid, is known to sweeps by. */
const trialName = 'trial';

/** Runs VMs with Firecracker, in jails where the plan says so: detached processes that carry the VM's uid as their id. */
export class Firecracker implements Hypervisor {
  readonly kind = 'firecracker';
  readonly #jails: Jails;
  readonly #sweeps = new Sweeps();

  constructor(private readonly options: FirecrackerOptions) {
    this.#jails = new Jails(options.paths.jails);
  }

  inspect(): Promise<HypervisorReport> {
    return inspectFirecracker(this.options.program);
  }

  async tryKvm(kernel: BootKernel, signal?: AbortSignal): Promise<string | undefined> {
    const { path } = await usableProgram('prove KVM', this.options.program);
    const trial = { program: path, folder: this.options.paths.firecrackerTrials, kernel, signal };
    return this.#sweeps.launch(trialName, () => tryFirecracker(trial), signal);
  }

  async launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine> {
    signal?.throwIfAborted();
    const [program, other] = await Promise.all([
      usableProgram(`start vm ${plan.name}`, this.options.program, this.options.log),
      this.#processOf(plan.uid),
    ]);
    if (other) throw hypervisorFailed(plan.name, `runs already as process ${other.process.pid}`);
    return this.#sweeps.launch(plan.uid, () => this.#launch(plan, program, signal), signal);
  }

  find(): Promise<FoundMachine[]> {
    return this.#sweeps.sweep(async (isLaunching) => {
      const found = await this.#processes();
      const living = new Set(found.map(({ uid }) => uid));
      await this.#clearLeftovers((uid) => isLaunching(uid) || living.has(uid));
      return found.map(({ uid, process }) => ({ uid, kind: this.kind, process }));
    });
  }

  look(): Promise<Traces> {
    return this.#sweeps.sweep(async (isLaunching) => {
      const found = await this.#processes();
      const living = new Set(found.map(({ uid }) => uid));
      const homes = await this.#deadHomes((uid) => isLaunching(uid) || living.has(uid));
      return {
        machines: found.map(({ uid, process }) => ({ uid, kind: this.kind, process })),
        leftovers: homes.map(({ what }) => what),
      };
    });
  }

  /**
   * A process whose guest was never started was left in the middle of its launch: it is of no use, and is ended. One that
   * does not answer is taken over, so that it can be ended.
   */
  async adopt({ uid, process }: FoundMachine, name: string): Promise<Machine | undefined> {
    const found = isAlive(process) ? await this.#processOf(uid) : undefined;
    if (found === undefined || found.process.pid !== process.pid) return undefined;
    const home = this.#homeAt(uid, found.jailRoot);
    const client = new FirecrackerClient(home.apiSocket, name);
    // Without its socket nobody has asked it for anything yet: it is on its way up, or still the jailer.
    const state = (await pathExists(home.apiSocket)) ? await this.#stateOf(client, uid) : 'Not started';
    if (state === 'Running' || state === 'Paused') return this.#machine({ uid, name, process, home, client });
    client.close();
    if (state === undefined) return this.#machine({ uid, name, process, home });
    await this.#end(process, home);
    return undefined;
  }

  async lastEnd(uid: string): Promise<OwnEnd | undefined> {
    return endFromExit({ code: exitCodeFromLog(await logTail(this.options.paths.firecrackerLog(uid))) });
  }

  async #launch(plan: LaunchPlan, program: Program, signal?: AbortSignal): Promise<Machine> {
    const { paths, consoles, log } = this.options;
    await ensureFolder(paths.stateFolder(plan.uid));
    await consoles.beginRun(plan.uid);
    const home = await this.#homeFor(plan, program.path);
    const argv = await home.argv(plan, await this.#programs(plan, program.path));
    const { process, client } = await launch({ plan, home, argv, version: program.version, paths, log, signal });
    return this.#machine({
      uid: plan.uid,
      name: plan.name,
      process: process.identity,
      home,
      client,
      exited: process.exited,
    });
  }

  /** Undefined when it does not answer. */
  async #stateOf(client: FirecrackerClient, uid: string): Promise<Answer<'GET /'>['state'] | undefined> {
    return client.state(uid, AbortSignal.timeout(adoptMs)).catch((err) => {
      this.options.log.warn({ uid, err }, 'a hypervisor was found that does not answer');
      return undefined;
    });
  }

  async #end(process: ProcessIdentity, home: Home): Promise<void> {
    signalProcess(process, 'SIGKILL');
    await waitGone(process, killMs);
    await home.clear();
  }

  #machine(known: Omit<MachineOptions, 'metrics' | 'paths' | 'consoles' | 'log'>): Machine {
    const { paths, consoles, log: ours } = this.options;
    const { uid } = known;
    const log = ours.child({ uid });
    const metrics = new MetricsFile(paths.firecrackerMetrics(uid), paths.firecrackerTotals(uid), log);
    return new FirecrackerMachine({ ...known, metrics, paths, consoles, log });
  }

  /** The jailer is only looked for where it is needed. */
  async #programs({ name, jailUid }: LaunchPlan, firecracker: string): Promise<Programs> {
    if (jailUid === undefined) return { firecracker, jailer: '' };
    return { firecracker, jailer: await jailerPath(`start vm ${name}`, this.options.jailer) };
  }

  async #homeFor({ uid, jailUid }: LaunchPlan, program: string): Promise<Home> {
    return this.#homeAt(uid, jailUid === undefined ? undefined : await this.#jails.root(program, uid));
  }

  #homeAt(uid: string, jailRoot: string | undefined): Home {
    const { paths } = this.options;
    return jailRoot === undefined ? new PlainHome(uid, paths) : new JailedHome(jailRoot, uid, paths, this.#jails);
  }

  /** What processes that are gone have left: jails, folders, cgroups, trials. One that stays is in nobody else's way. */
  async #clearLeftovers(isLiving: (uid: string) => boolean): Promise<void> {
    const { paths, log } = this.options;
    for (const { home } of await this.#deadHomes(isLiving)) {
      await logged(log.child({ uid: home.uid }), 'clear up after a hypervisor', home.clear());
    }
    if (!isLiving(trialName)) await removePath(paths.firecrackerTrials);
  }

  /** What processes that are gone have left, and how each is cleared away. */
  async #deadHomes(isLiving: (uid: string) => boolean): Promise<{ home: Home; what: Leftover }[]> {
    const { paths } = this.options;
    await ensureFolder(paths.firecrackerFolders);
    const jails = (await this.#jails.list()).map(({ uid, root }) => ({
      home: this.#homeAt(uid, root),
      what: { uid, kind: 'JAIL', subject: root } as const,
    }));
    const plain = (kind: 'FOLDER' | 'CGROUP', names: readonly string[], subjectOf: (uid: string) => string) =>
      names
        .filter(isUid)
        .map((uid) => ({ home: this.#homeAt(uid, undefined), what: { uid, kind, subject: subjectOf(uid) } }));
    const folders = await readdir(paths.firecrackerFolders);
    const cgroups = await listCgroups(paths.cgroup);
    const all = [
      ...jails,
      ...plain('FOLDER', folders, (uid) => paths.firecrackerFolder(uid)),
      ...plain('CGROUP', cgroups, (uid) => `${paths.cgroup}/${uid}`),
    ];
    return all.filter(({ home }) => !isLiving(home.uid));
  }

  async #processOf(uid: string): Promise<FoundProcess | undefined> {
    return (await this.#processes()).find((found) => found.uid === uid);
  }

  #processes(): Promise<FoundProcess[]> {
    const { paths } = this.options;
    return findProcesses({ apiSocketOf: (uid) => paths.firecrackerApi(uid), chrootBase: paths.jails }, this.#jails);
  }
}
