import type { Look } from '../../../lib/discrepancy.js';
import { applyNat, applyPolicy, growWorkDisk } from './apply-changes.js';
import { bootVm, createAndBoot } from './boot.js';
import { cleanUpsOf } from './clean-up.js';
import { lookForDiscrepancies } from './discrepancies.js';
import { pauseMachine, resumeMachine } from './freeze.js';
import { haltVm } from './halt.js';
import { KnownHosts } from './known-hosts.js';
import { Machines } from './machines.js';
import { reconcile } from './reconcile.js';
import { Recovery } from './recovery.js';
import { removeVm } from './remove.js';
import { renewLeases } from './renew-leases.js';
import { type TieContext, Ties } from './ties.js';
import { TrashKeeper } from './trash-keeper.js';
import { Turns } from './turns.js';
import type { TrashContext } from './verbs.js';
import { Workers } from './workers.js';
import type { World } from './world.js';

/** The running part of the service: workers, the machines they follow, and the recovery before both. */
export interface Vmm extends TrashContext, TieContext {
  readonly machines: Machines;
  readonly knownHosts: KnownHosts;
  /** What belongs to no VM, and VMs that are not as the record says. Changes nothing. */
  readonly lookForDiscrepancies: Look;
  /** Resolves when the host and the record agree, and unfinished work goes on in the background. */
  recover(): Promise<void>;
  /** Ends all work where it is. VMs go on running. */
  stop(): Promise<void>;
}

export function createVmm(world: World): Vmm {
  const machines = new Machines(world, (uid) => workers.interrupt(uid));
  const knownHosts = new KnownHosts(world);
  const cleanUps = cleanUpsOf(world, machines);
  const keeper = new TrashKeeper(world, cleanUps);
  const context = { world, machines, knownHosts, cleanUps, keeper };
  const turns = new Turns(world, (uid) => workers.wake(uid));
  const recovery = new Recovery(world, machines, () => turns.look());
  const catchUp = async (uid: string) => {
    // An end that was seen says more than a hypervisor that is not found.
    machines.catchUp(uid);
    await recovery.finish(uid).catch((err) => {
      // A deletion by force asks for nothing but the end, and looks for the hypervisor itself.
      if (!world.store.get(uid)?.status.removal?.forced) throw err;
      world.log.warn({ uid, err }, 'could not recover a vm that is being deleted');
    });
  };
  const workers = new Workers(
    world,
    { machines, catchUp },
    {
      create: (task) => createAndBoot(context, task),
      boot: (task) => bootVm(context, task),
      halt: (task) => haltVm(world, machines, task),
      remove: (task) => removeVm(context, task),
      pause: (task) => pauseMachine(machines, task),
      resume: (task) => resumeMachine(machines, task),
      'apply-nat': (task) => applyNat(world, task),
      'apply-policy': (task) => applyPolicy(world, task),
      'grow-work-disk': (task) => growWorkDisk(world, machines, task),
    },
  );
  const ties = new Ties({ world, workers });
  const stopping = new AbortController();
  let renewal = Promise.resolve();
  return {
    world,
    workers,
    ties,
    machines,
    knownHosts,
    keeper,
    lookForDiscrepancies: lookForDiscrepancies({ world, machines, workers, keeper, recovery }),
    async recover() {
      await reconcile(world, recovery, workers, knownHosts);
      keeper.start();
      turns.open();
      ties.look();
      renewal = renewLeases(world, stopping.signal).catch((err) => {
        world.log.error({ err }, 'could not look which images vms hold');
      });
    },
    async stop() {
      stopping.abort(new Error('the service is stopping'));
      await Promise.all([ties.stop(), workers.stop(), turns.stop(), renewal, keeper.stop()]);
      machines.letGo();
    },
  };
}
