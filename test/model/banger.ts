import { jest } from '@jest/globals';
import { BangerError, commonReasons } from '../../lib/errors.js';
import { createVm } from '../../services/vmm/app/create-vm.js';
import { deleteVm } from '../../services/vmm/app/delete-vm.js';
import { killVm } from '../../services/vmm/app/kill-vm.js';
import { pauseVm } from '../../services/vmm/app/pause-vm.js';
import { restartVm } from '../../services/vmm/app/restart-vm.js';
import { resumeVm } from '../../services/vmm/app/resume-vm.js';
import { startVm } from '../../services/vmm/app/start-vm.js';
import { stopVm } from '../../services/vmm/app/stop-vm.js';
import { updateVm } from '../../services/vmm/app/update-vm.js';
import { createVmm, type Vmm } from '../../services/vmm/app/vmm.js';
import type { World } from '../../services/vmm/app/world.js';
import type { RestartPolicy } from '../../services/vmm/domain/vm.js';
import { creation } from '../fakes/requests.js';
import { FakeWorld } from '../fakes/world.js';
import type { Outcome, OwnEnd, Verb } from './expectation.js';
import { type Fuse, Life } from './life.js';

/** Peers that can be away. */
export type Peer = 'netd' | 'imaged';
/** Single calls that can fail once, for no reason that anyone here knows. */
export const fragile = [
  'networks.ensure',
  'networks.release',
  'networks.setNat',
  'images.acquire',
  'images.release',
  'disks.createOverlay',
  'disks.ensureWork',
  'disks.remove',
  'guests.answers',
  'keys.newHostKey',
  'keys.writeKnownHosts',
  'hypervisors.choose',
  'hypervisors.launch',
  'hypervisors.find',
  'hypervisors.adopt',
  'hypervisors.end',
  'hypervisors.pause',
  'hypervisors.resume',
  'hypervisors.pressPowerButton',
] as const;
export type Fragile = (typeof fragile)[number];

const writes = new Set(['insert', 'change', 'remove']);
const hourMs = 3_600_000;

/** vmm with a real store on a fake host, which can be killed at any call and started again, with time that stands still. */
export class Banger {
  readonly fake = new FakeWorld();
  readonly #policy: RestartPolicy;
  #life = new Life();
  #vmm: Vmm | undefined;
  /** How many more writes the database takes. */
  #room = Number.POSITIVE_INFINITY;
  #hasMetFull = false;
  #fuse: Fuse | undefined;

  constructor(policy: RestartPolicy, slowness: number) {
    this.#policy = policy;
    const { images, networks, disks, guests } = this.fake;
    for (const part of [images, networks, disks, guests]) part.faults.turns = slowness;
    this.#fill();
  }

  get isUp(): boolean {
    return this.#vmm !== undefined && this.#life.isAlive;
  }

  /** Starts the service when it does not run. It may die again, or end, before it is up. */
  async start(): Promise<void> {
    this.#reap();
    if (this.isUp) return;
    this.#life = new Life();
    if (this.#fuse) this.#life.light(this.#fuse);
    this.#fuse = undefined;
    const vmm = createVmm(this.#world(this.#life));
    const isReady = await Promise.race([vmm.recover().then(() => true), this.#life.death]).catch(() => false);
    if (isReady === true) this.#vmm = vmm;
    else this.#end(vmm);
  }

  /** The service ends, kindly. */
  async stop(): Promise<void> {
    if (!this.isUp) return;
    const stopped = this.#vmm?.stop().then(() => true);
    const isOver = await Promise.race([stopped, this.#life.death, turns(200).then(() => 'no' as const)]);
    if (isOver === 'no') throw new Error('vmm does not stop');
    this.kill();
  }

  kill(): void {
    this.#life.kill();
    this.#reap();
  }

  /** The service dies at a later call; the next one does when none runs now. */
  light(fuse: Fuse): void {
    if (this.isUp) this.#life.light(fuse);
    else this.#fuse = fuse;
  }

  /** Asks for something and tells how that ended. With `cancelAfter`, the caller goes after as many turns. */
  async ask(name: string, verb: Verb, cancelAfter?: number): Promise<Outcome> {
    const vmm = this.#vmm;
    const life = this.#life;
    if (vmm === undefined || !life.isAlive) return 'notNow';
    const caller = new AbortController();
    const wait = { wait: cancelAfter !== undefined, signal: caller.signal };
    const work = this.#do(vmm, name, verb, wait);
    // An update always hears what became of the change.
    const waits = wait.wait || verb === 'update';
    const outcome = work.then(
      (): Outcome => 'done',
      (error) => outcomeOf(error, waits || !life.isAlive),
    );
    if (cancelAfter !== undefined) {
      await turns(cancelAfter);
      caller.abort(new BangerError('unavailable', commonReasons.CANCELLED, 'the caller has gone'));
    }
    const end = await Promise.race([
      outcome,
      life.death,
      ...(caller.signal.aborted ? [turns(60).then(() => 'held' as const)] : []),
    ]);
    this.#reap();
    if (end === 'held') throw new Error(`${verb} ${name} goes on after its caller has gone`);
    return end === undefined || !life.isAlive ? 'lost' : end;
  }

  #do(vmm: Vmm, name: string, verb: Verb, wait: { wait: boolean; signal: AbortSignal }): Promise<unknown> {
    const order = { ...wait, graceSeconds: 1 };
    const spec = { workDiskMib: 64, restartPolicy: this.#policy };
    switch (verb) {
      case 'create':
        return createVm(vmm, creation({ ...wait, name, spec }));
      case 'createStopped':
        return createVm(vmm, creation({ ...wait, name, start: false, spec }));
      case 'start':
        return startVm(vmm, name, wait);
      case 'stop':
        return stopVm(vmm, name, order);
      case 'kill':
        return killVm(vmm, name, wait);
      case 'restart':
        return restartVm(vmm, name, order);
      case 'pause':
        return pauseVm(vmm, name, wait);
      case 'resume':
        return resumeVm(vmm, name, wait);
      case 'delete':
        return deleteVm(vmm, name, { ...wait, force: true });
      case 'update':
        return this.#update(vmm, name);
    }
  }

  /** Not awaited to its end: it waits for the worker, and what comes next shall not. */
  async #update(vmm: Vmm, name: string): Promise<void> {
    const { spec } = this.fake.store.findByName(name) ?? {};
    const work = updateVm(vmm, { name, change: { nat: !spec?.nat }, violations: [] });
    await Promise.race([work, turns(1)]);
    work.catch(() => undefined);
  }

  /** Does what a guest or its hypervisor does. Undefined when none runs; else whether its VM had settled, and who knows of it. */
  async endByItself(name: string, end: OwnEnd): Promise<'settled' | 'moving' | 'unseen' | 'unrecorded' | undefined> {
    const { host } = this.fake.hypervisors;
    const vm = this.fake.store.findByName(name);
    if (vm === undefined || host.running(vm.uid) === undefined) return undefined;
    const followed = this.#vmm?.machines.get(vm.uid) !== undefined;
    const isSettled =
      (vm.status.state === 'RUNNING' && vm.goal === 'running') ||
      (vm.status.state === 'PAUSED' && vm.goal === 'paused');
    const seen = this.#room > 0 ? 'settled' : 'unrecorded';
    const how = !isSettled ? 'moving' : this.isUp ? (followed ? seen : 'moving') : 'unseen';
    if (end === 'powerOff') host.guestPowersOff(vm.uid);
    else if (end === 'reboot') host.guestReboots(vm.uid);
    else if (end === 'panic') host.guestPanics(vm.uid);
    else host.crash(vm.uid);
    await turns(2);
    return how;
  }

  /** A peer does not answer until `heal`. */
  loseTouch(peer: Peer): void {
    const port = peer === 'netd' ? this.fake.networks : this.fake.images;
    const message = `cannot reach ${peer}: nothing listens`;
    port.faults.failEvery(new BangerError('unavailable', commonReasons.SERVICE_UNREACHABLE, message));
  }

  /** A call fails once. */
  breakOnce(fragile: Fragile): void {
    const [port, call] = fragile.split('.') as [string, string];
    const parts = this.fake as unknown as Record<string, { faults: { failOnce(call: string, error: unknown): void } }>;
    parts[port]?.faults.failOnce(call, new Error(`${fragile} failed`));
  }

  /** From now on nothing can be written to the database. */
  fillDisk(): void {
    this.#room = 0;
  }

  /** As `fillDisk`, after as many more writes. */
  fillDiskAfter(writes: number): void {
    this.#room = writes;
  }

  /** Whether a write has met the full disk. */
  get isFull(): boolean {
    return this.#hasMetFull;
  }

  /** Whether a fuse still waits for its call. */
  get isLit(): boolean {
    return this.#life.isLit;
  }

  /** All that was wrong around the service is over. */
  heal(): void {
    this.#room = Number.POSITIVE_INFINITY;
    this.#fuse = undefined;
    this.#life.putOut();
    const { images, networks, disks, guests, keys, hypervisors } = this.fake;
    for (const { faults } of [images, networks, disks, guests, keys, hypervisors]) faults.heal();
  }

  /** The host's clock is set; what measures time does not notice. */
  setClock(byMs: number): void {
    this.fake.host.time += byMs;
  }

  /** Time goes by. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      this.fake.host.time += 1_000;
      jest.advanceTimersByTime(1_000);
      await turns(2);
    }
    this.#reap();
  }

  /** Starts the service if it must, and lets time go by until nothing is left to do. */
  async settle(): Promise<void> {
    let wasCalm = false;
    for (let passed = 0; passed < hourMs; passed += 5_000) {
      await this.start();
      let isIdle = false;
      const idle = this.fake.store.list().map(({ uid }) => this.#vmm?.workers.idle(uid));
      void Promise.all(idle).then(() => {
        isIdle = true;
      });
      await turns(30);
      // What a forced deletion could not clean up goes by and by.
      const isCalm = isIdle && this.isUp && this.fake.trash.remains().length === 0;
      // Of a VM that is gone, what has to be tried again is tried in a moment.
      if (isCalm && wasCalm) return;
      wasCalm = isCalm;
      await this.pass(5_000);
    }
    throw new Error('banger does not settle within an hour');
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.fake.database.close();
  }

  #world(life: Life): World {
    const { fake } = this;
    const guarded = {
      store: life.guard(fake.store, (method) => writes.has(method)),
      trash: life.guard(fake.trash, (method) => method === 'giveUp' || method === 'cleaned'),
      images: life.guard(fake.images),
      networks: life.guard(fake.networks),
      hypervisors: life.guard(fake.hypervisors),
      disks: life.guard(fake.disks, (method) => method !== 'paths'),
      layers: life.guard(fake.layers),
      keys: life.guard(fake.keys),
      guests: life.guard(fake.guests),
      shells: life.guard(fake.shells),
      consoles: life.guard(fake.consoles, () => false),
      host: life.guard(fake.host, () => false),
      sight: life.guard(fake.sight, () => false),
      history: life.guard(fake.history, () => false),
    };
    const { log, firstJailUid, patience, trashLimits } = fake;
    return { ...guarded, log, firstJailUid, patience, trashLimits };
  }

  #fill(): void {
    const { database } = this.fake;
    const { transaction } = database;
    database.transaction = (work) => {
      if (this.#room-- <= 0) {
        this.#hasMetFull = true;
        throw new BangerError(
          'exhausted',
          commonReasons.STORAGE_UNWRITABLE,
          'cannot write the database: the disk is full',
        );
      }
      return transaction(work);
    };
  }

  /** Whether a fuse, or a kill, has ended the service: what is left of it does nothing more. */
  #reap(): void {
    if (this.#vmm && !this.#life.isAlive) this.#end(this.#vmm);
  }

  #end(vmm: Vmm): void {
    this.#life.kill();
    this.#vmm = undefined;
    void vmm.stop().catch(() => undefined);
  }
}

/** Turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const unavailable: readonly string[] = [
  commonReasons.SERVICE_UNREACHABLE,
  commonReasons.STORAGE_UNWRITABLE,
  'VM_DELETING',
  'VM_WRONG_STATE',
];
const refusals: readonly string[] = ['VM_EXISTS', 'VM_NOT_FOUND'];

/** Who waits may hear what became of the VM after the verb was accepted; who does not hears nothing of the kind. */
function outcomeOf(error: unknown, waited: boolean): Outcome {
  const reason = error instanceof BangerError ? error.reason : '';
  if (unavailable.includes(reason)) return 'notNow';
  if (refusals.includes(reason)) return 'refused';
  if (waited) return 'lost';
  throw error;
}
