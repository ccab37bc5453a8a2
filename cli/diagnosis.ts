import { type GetStatusResponse, ServiceState } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { type GetHypervisorResponse, HypervisorKind } from '../gen/banger/vmm/v1/vm_service.js';
import type { Discrepancy } from '../lib/discrepancy.js';
import { commonReasons, isBangerError } from '../lib/errors.js';
import { type HostFinding, type Purpose, purposes, worstOf } from '../lib/finding.js';
import { type ServiceName, serviceNames } from '../lib/paths.js';
import type { Context } from './context.js';
import { findDaemon } from './daemon.js';
import { exitCodeOfKind, exitCodes } from './errors.js';
import { ownCheck } from './own-checks.js';

const tellers: Readonly<Record<Purpose, readonly ServiceName[]>> = {
  'vm-start': ['vmm', 'netd'],
  nat: ['netd'],
  'work-disk-resize': ['vmm'],
  'image-build': ['imaged'],
  'image-import': ['imaged'],
  'kernel-build': ['imaged'],
  ssh: ['vmm'],
  bundle: [],
  dns: ['dnsd'],
};

/** The services that can tell about a purpose, beside the CLI itself. */
export function tellersOf(purpose: Purpose): readonly ServiceName[] {
  return tellers[purpose];
}

/** What a doctor has found out. */
export interface Diagnosis {
  /** What was asked for, in the order of all purposes. */
  readonly wanted: readonly Purpose[];
  /** Undefined when it does not answer. */
  readonly daemon: GetStatusResponse | undefined;
  /** What vmm says of the hypervisors; undefined when it was not asked or does not answer. */
  readonly hypervisor: GetHypervisorResponse | undefined;
  /** By purpose. */
  readonly findings: readonly HostFinding[];
  /** What belongs to nobody, and what is not as it was made; undefined when it was not looked for. */
  readonly discrepancies: readonly ServiceDiscrepancy[] | undefined;
  /** Services that would tell more and do not answer. */
  readonly silent: readonly ServiceName[];
  /** Whether root asks: a daemon that root started answers to nobody else. */
  readonly isRoot: boolean;
}

/** Something that a service found. */
export type ServiceDiscrepancy = Discrepancy & { readonly service: ServiceName };

/**
 * Asks everybody who can tell, all at once. With `fix`, services first mend what they find. Discrepancies are not looked
 * for when some purposes alone are asked for.
 */
export async function diagnose(ctx: Context, asked: readonly Purpose[] | undefined, fix = false): Promise<Diagnosis> {
  const discrepancies = asked === undefined ? await findDiscrepancies(ctx, fix) : undefined;
  const wanted = purposes.filter((purpose) => asked?.includes(purpose) ?? true);
  const asksFor = serviceNames.filter((name) => wanted.some((purpose) => tellersOf(purpose).includes(name)));
  const [daemon, own, hypervisor, ...told] = await Promise.all([
    findDaemon(ctx),
    ownCheck(ctx)(wanted),
    wanted.includes('vm-start') ? findHypervisor(ctx) : undefined,
    ...asksFor.map((name) => ask(ctx, name, wanted)),
  ]);
  const findings = [...told.flatMap((answer) => answer ?? []), ...own];
  return {
    wanted,
    daemon,
    hypervisor,
    findings: wanted.flatMap((purpose) => findings.filter((finding) => finding.purpose === purpose)),
    discrepancies,
    silent: asksFor.filter((_, i) => told[i] === undefined),
    isRoot: ctx.uid === 0,
  };
}

/** Whether VMs can be started; undefined when that was not asked. */
export function isReady(diagnosis: Diagnosis): boolean | undefined {
  const { wanted, findings, hypervisor } = diagnosis;
  if (!wanted.includes('vm-start')) return undefined;
  const hasHypervisor = hypervisor !== undefined && hypervisor.kind !== HypervisorKind.UNSPECIFIED;
  const lacks = worstOf(findings.filter(({ purpose }) => purpose === 'vm-start')) === 'error';
  return !isDown(diagnosis) && hasHypervisor && !lacks;
}

/** A service that is down comes first: it may have more to tell. Warnings are no failure; what is left to mend is. */
export function exitCodeFor(diagnosis: Diagnosis): number {
  if (isDown(diagnosis)) return exitCodeOfKind.unavailable;
  const isBad = worstOf(diagnosis.findings) === 'error' || leftToMend(diagnosis).length > 0;
  return isBad ? exitCodeOfKind['wrong-state'] : exitCodes.ok;
}

export function leftToMend({ discrepancies = [] }: Diagnosis): ServiceDiscrepancy[] {
  return discrepancies.filter(({ state }) => state !== 'repaired');
}

/** With all purposes, every service counts; with some, those that tell about them. */
function isDown({ wanted, daemon, silent }: Diagnosis): boolean {
  if (silent.length > 0) return true;
  const isWhole = wanted.length === purposes.length;
  return isWhole && !(daemon?.services.every(({ state }) => state === ServiceState.HEALTHY) ?? false);
}

/** They only look; who needs longer hangs. */
const askDeadlineMs = 10_000;

async function ask(ctx: Context, name: ServiceName, wanted: readonly Purpose[]): Promise<HostFinding[] | undefined> {
  const service = await ctx.clients.hostCheck(name);
  return unlessSilent(service.check(wanted, { signal: ctx.signal, deadlineMs: askDeadlineMs }));
}

/** vmm asks the others too, and each look is made twice. */
const lookDeadlineMs = 30_000;
/** Ending a hypervisor takes its time, and so do large disks. */
const fixDeadlineMs = 300_000;

/** vmm first, for what it lets go of is then gone from the others. A service that is down has none; it is told as down. */
async function findDiscrepancies(ctx: Context, fix: boolean): Promise<ServiceDiscrepancy[]> {
  const first = await discrepanciesOf(ctx, 'vmm', fix);
  const others = serviceNames.filter((name) => name !== 'vmm');
  return [...first, ...(await Promise.all(others.map((name) => discrepanciesOf(ctx, name, fix)))).flat()];
}

async function discrepanciesOf(ctx: Context, service: ServiceName, fix: boolean): Promise<ServiceDiscrepancy[]> {
  const client = await ctx.clients.hostCheck(service);
  const options = { signal: ctx.signal, deadlineMs: fix ? fixDeadlineMs : lookDeadlineMs };
  const answer = client.reconcile(fix, options).catch((error: unknown) => {
    // A service of an older build, which is told as such where the daemon is.
    if (isBangerError(error) && error.kind === 'unsupported') return [];
    throw error;
  });
  // A repair that takes too long is a failure; a service that is down is told among the services.
  const found = (await (fix ? unlessAway(answer) : unlessSilent(answer))) ?? [];
  return found.map((each) => ({ ...each, service }));
}

async function unlessAway<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (isBangerError(error, commonReasons.SERVICE_UNREACHABLE)) return undefined;
    throw error;
  });
}

async function findHypervisor(ctx: Context): Promise<GetHypervisorResponse | undefined> {
  const vmm = await ctx.clients.vmm();
  return unlessSilent(vmm.getHypervisor({}, { signal: ctx.signal, deadlineMs: askDeadlineMs }));
}

async function unlessSilent<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    for (const reason of [commonReasons.SERVICE_UNREACHABLE, commonReasons.DEADLINE_EXCEEDED]) {
      if (isBangerError(error, reason)) return undefined;
    }
    throw error;
  });
}
