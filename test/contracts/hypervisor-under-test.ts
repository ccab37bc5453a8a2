import { expect } from '@jest/globals';
import type { BootKernel, Consoles, Hypervisor, LaunchPlan, Machine } from '../../services/vmm/app/ports.js';
import type { FoundMachine } from '../../services/vmm/domain/traces.js';

export interface HypervisorUnderTest {
  /** A new adapter on the same host, as a restarted service has. */
  adapter(): Hypervisor;
  readonly consoles: Consoles;
  /** What a trial boot may take. */
  readonly kernel: BootKernel;
  /** A plan that boots, with a work disk; uids differ by their last digit. */
  plan(digit: number): Promise<LaunchPlan>;
  /** Resolves when the guest is so far that it hears its power button, and does what it is told. */
  guestIsUp(machine: Machine): Promise<void>;
  guestPowersOff(machine: Machine): Promise<void>;
  guestReboots(machine: Machine): Promise<void>;
  guestPanics(machine: Machine): Promise<void>;
  /** Makes the hypervisor process die without a word; returns when it is gone. */
  crash(machine: Machine): Promise<void>;
  /** Makes the file of the work disk this large. */
  extendWorkDisk(uid: string, bytes: number): Promise<void>;
  /** Whether the guest knows its work disk as this large. */
  seesWorkDisk(machine: Machine, bytes: number): Promise<boolean>;
  /** What there is of this VM on the host that shall go with its process. */
  leftovers(uid: string): Promise<readonly string[]>;
  /** What there is of trial boots on the host. */
  trialLeftovers(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

/** What a host or a guest may be unable to do. */
export type Ability =
  /** To run a hypervisor process at all. */
  | 'launch'
  /** A guest that does what it is told. */
  | 'guest'
  | 'keyboard'
  | 'guest-memory'
  | 'work-disk';

export interface ContractOptions {
  /** What cannot be tested, and why. */
  readonly skips?: Readonly<Partial<Record<Ability, string>>>;
  /** What becomes of a guest whose power button is pressed, or that gets Ctrl-Alt-Del in its place. */
  readonly buttonEnd?: 'powered-off' | 'rebooted';
  /** Whether a trial of KVM must succeed; where it is not known, it must only end. */
  readonly provesKvm?: boolean;
}

/** Defines a test, or says why it cannot be run. */
export type Check = (needs: readonly Ability[], what: string, run: () => Promise<void>) => void;

/** Nothing is left that only the next sweep would take away, and no process is found. */
export async function nothingIsLeft(
  under: Pick<HypervisorUnderTest, 'leftovers' | 'adapter'>,
  uid: string,
): Promise<void> {
  // Looked at first: to find processes clears away what others have left.
  expect(await under.leftovers(uid)).toEqual([]);
  expect(await uidsOf(under.adapter())).toEqual([]);
}

export async function uidsOf(hypervisor: Hypervisor): Promise<string[]> {
  return (await hypervisor.find()).map((found) => found.uid);
}

export async function findOne(hypervisor: Hypervisor, uid: string): Promise<FoundMachine> {
  const found = (await hypervisor.find()).find((each) => each.uid === uid);
  if (found === undefined) throw new Error(`no process of ${uid} was found`);
  return found;
}

export async function adoptedBy(hypervisor: Hypervisor, uid: string): Promise<Machine> {
  const machine = await hypervisor.adopt(await findOne(hypervisor, uid), 'guest');
  if (machine === undefined) throw new Error(`the process of ${uid} was not adopted`);
  return machine;
}
