import { join } from 'node:path';
import { HostServiceService } from '../../gen/banger/host/v1/host_service.js';
import { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import { ServiceState, SupervisorServiceService } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { type Vm, VmServiceService, VmSpec, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../lib/clock.js';
import { isBangerError } from '../../lib/errors.js';
import { runCommand } from '../../lib/host/command.js';
import { writeFile } from '../../lib/host/files.js';
import { createClient } from '../../lib/rpc/client.js';
import { createStandInWorld, quickRestarts } from '../e2e/support/stand-in-world.js';
import { createWorld, type World } from '../e2e/support/world.js';
import { differences, mismatches } from './compare.js';
import { hostState, stored } from './host-state.js';
import { type Kill, KillPlan, type Moment } from './kill-plan.js';
import { create, type Hands, type VerbUnderTest } from './verbs.js';

const generousMs = 180_000;

/** What came of a kill. */
export interface Result {
  readonly guests: Guests;
  readonly verb: string;
  readonly kill: Kill;
  /** `reached`: what was asked for. `undone`: as it was before. `not met`: the verb did not come to that moment. Else what is wrong. */
  readonly outcome: string;
  /** What is on the host and belongs to nobody, or the other way round. */
  readonly orphans: readonly string[];
}

const moving = [VmState.CREATING, VmState.STARTING, VmState.STOPPING, VmState.DELETING];

/** Whose guests are made up, or real ones in QEMU. */
export type Guests = 'stand-in' | 'real';

/** A whole banger whose services are killed at the moments of their journals. */
export class KillHarness {
  #count = 0;
  #baseline: readonly string[] = [];

  private constructor(
    private readonly guests: Guests,
    private readonly world: World,
    private readonly plan: KillPlan,
    private readonly clients: Pick<Hands, 'vmm' | 'imaged' | 'imagedHost' | 'supervisor'>,
  ) {}

  static async start(guests: Guests, folder: string): Promise<KillHarness> {
    const plan = new KillPlan(folder);
    const world = await worldOf(guests, plan.environment());
    // What it drops, netd has to let pass.
    await runCommand(['nft', otherFirewall]);
    await world.banger('daemon', 'start');
    const ready = { waitForReady: true };
    const vmm = createClient(VmServiceService, 'vmm', join(world.runDir, 'vmm.sock'), ready);
    const imagedSocket = join(world.runDir, 'imaged.sock');
    const imaged = createClient(ImageServiceService, 'imaged', imagedSocket, ready);
    const imagedHost = createClient(HostServiceService, 'imaged', imagedSocket, ready);
    const harness = new KillHarness(guests, world, plan, {
      vmm,
      imaged,
      imagedHost,
      supervisor: supervisorClient(world.runDir),
    });
    await harness.#warmUp();
    return harness;
  }

  async stop(): Promise<void> {
    for (const client of Object.values(this.clients)) client.close();
    await this.world.dispose();
    await runCommand(['nft', 'delete table inet of_another']);
  }

  /** The moments that a verb comes through when nothing goes wrong. */
  async record(verb: VerbUnderTest): Promise<Moment[]> {
    const hands = await this.#prepare(verb);
    await verb.act(hands);
    await this.#settled(verb, hands);
    const moments = await this.plan.moments();
    await this.#cleanUp(verb, hands);
    return moments;
  }

  /** Does a verb, and kills a service in the middle of it. */
  async run(verb: VerbUnderTest, kill: Kill): Promise<Result> {
    const hands = await this.#prepare(verb);
    await this.plan.plan(kill);
    const asked = verb.act(hands).then(
      () => undefined,
      (error) => (isBangerError(error) ? error.reason : String(error)),
    );
    await this.#fired(asked, verb, hands);
    const refusal = await asked;
    const isMet = await this.plan.hasFired();
    await this.plan.clear();
    const outcome = isMet ? await this.#outcome(verb, hands, refusal) : 'not met';
    const found = mismatches(stored(this.world), await hostState(this.world));
    const left = await this.#cleanUp(verb, hands).catch((error: Error) => [error.message]);
    return { guests: this.guests, verb: verb.name, kill, outcome, orphans: [...found, ...left] };
  }

  /** The first VM makes what stays: the key, the trial boot. */
  async #warmUp(): Promise<void> {
    const hands = this.#hands();
    await create(hands, false);
    await this.#vmIs(hands, (vm) => vm?.status?.state === VmState.RUNNING);
    await this.#delete(hands);
    this.#baseline = await hostState(this.world);
  }

  #hands(): Hands {
    this.#count += 1;
    const memoryMib = this.guests === 'real' ? 512 : 64;
    const spec = VmSpec.fromPartial({ diskMib: 256, workDiskMib: 64, memoryMib, nat: true });
    return { ...this.clients, spec, name: `v${this.#count}`, store: join(this.world.stateDir, 'imaged') };
  }

  async #prepare({ from, prepare }: VerbUnderTest): Promise<Hands> {
    await this.#healthy();
    const hands = this.#hands();
    if (from !== 'nothing') {
      await create(hands, from === 'stopped');
      const wanted = from === 'stopped' ? VmState.STOPPED : VmState.RUNNING;
      await this.#vmIs(hands, (vm) => vm?.status?.state === wanted);
      if (from === 'paused') await hands.vmm.pauseVm({ name: hands.name, wait: true }, { deadlineMs: generousMs });
    }
    await prepare?.(hands);
    await this.plan.clear();
    return hands;
  }

  /** Resolves when the kill has come, or nothing more will. */
  async #fired(asked: Promise<unknown>, verb: VerbUnderTest, hands: Hands): Promise<void> {
    let isAnswered = false;
    asked.then(() => {
      isAnswered = true;
    });
    const look = async () =>
      (await this.plan.hasFired()) || (isAnswered && (await verb.isReached(await find(hands), hands)));
    await pollUntil(look, { what: `${verb.name} has come to the kill`, timeoutMs: generousMs, everyMs: 10 });
  }

  async #outcome(verb: VerbUnderTest, hands: Hands, refusal: string | undefined): Promise<string> {
    await this.#healthy();
    const vm = await this.#settled(verb, hands, refusal !== undefined).catch((error: Error) => error);
    if (vm instanceof Error) return `stuck: ${vm.message}`;
    if (await verb.isReached(vm, hands)) return 'reached';
    if (refusal !== undefined) return 'undone';
    return `neither: ${vm && `${VmState[vm.status?.state ?? 0]} ${vm.status?.lastError?.message ?? ''}`}`;
  }

  /** The VM when nothing moves any more. A call that was refused need not have begun. */
  async #settled(verb: VerbUnderTest, hands: Hands, wasRefused = false): Promise<Vm | undefined> {
    let last: Vm | undefined;
    const look = async () => {
      last = await find(hands);
      if (last?.status && moving.includes(last.status.state)) return false;
      if (stored(this.world).openIntents.length > 0) return false;
      return wasRefused || last?.status?.lastError !== undefined || (await verb.isReached(last, hands));
    };
    await pollUntil(look, { what: `${verb.name} has settled`, timeoutMs: generousMs });
    return last;
  }

  async #healthy(): Promise<void> {
    const look = async () => {
      const { services } = await this.clients.supervisor.getStatus({});
      return services.every(({ state }) => state === ServiceState.HEALTHY);
    };
    await pollUntil(look, { what: 'all services are healthy', timeoutMs: generousMs });
  }

  /** Removes what a case was about; returns what is left of it on the host. */
  async #cleanUp({ cleanUp }: VerbUnderTest, hands: Hands): Promise<string[]> {
    await cleanUp?.(hands);
    await this.#delete(hands);
    let left: string[] = [];
    const look = async () => {
      left = differences(this.#baseline, await hostState(this.world));
      return left.length === 0;
    };
    await pollUntil(look, { what: 'nothing is left', timeoutMs: 10_000 }).catch(() => undefined);
    return left;
  }

  async #delete(hands: Hands): Promise<void> {
    const { vmm, name } = hands;
    if ((await find(hands)) === undefined) return;
    await vmm.deleteVm({ name, force: true, wait: true, purge: true }, { deadlineMs: generousMs });
    await this.#vmIs(hands, (vm) => vm === undefined);
  }

  async #vmIs(hands: Hands, is: (vm: Vm | undefined) => boolean): Promise<void> {
    const look = async () => is(await find(hands));
    await pollUntil(look, { what: `${hands.name} is as it is to be`, timeoutMs: generousMs, everyMs: 20 });
  }
}

async function worldOf(guests: Guests, env: Readonly<Record<string, string>>): Promise<World> {
  if (guests === 'stand-in') return createStandInWorld('off', { env, config: quickRestarts });
  const world = await createWorld({ env });
  await writeFile(world.configFile, `[vmm]\nhypervisor = "qemu"\ntrash_hours = 0\n${quickRestarts}`);
  return world;
}

const otherFirewall = 'table inet of_another { chain forward { type filter hook forward priority 0; policy drop; }; }';

function supervisorClient(runDir: string) {
  return createClient(SupervisorServiceService, 'supervisor', join(runDir, 'supervisor.sock'), { waitForReady: true });
}

async function find({ vmm, name }: Hands): Promise<Vm | undefined> {
  try {
    return (await vmm.getVm({ name }, { deadlineMs: generousMs })).vm;
  } catch (error) {
    if (isBangerError(error, 'VM_NOT_FOUND')) return undefined;
    // It is being killed, or started again.
    if (isBangerError(error, 'SERVICE_UNREACHABLE') || isBangerError(error, 'SHUTTING_DOWN'))
      return find({ vmm, name } as Hands);
    throw error;
  }
}
