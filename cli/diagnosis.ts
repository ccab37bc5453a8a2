import { type GetStatusResponse, ServiceState } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { type GetHypervisorResponse, HypervisorKind } from '../gen/banger/vmm/v1/vm_service.js';
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
  /** Services that would tell more and do not answer. */
  readonly silent: readonly ServiceName[];
  /** Whether root asks: a daemon that root started answers to nobody else. */
  readonly isRoot: boolean;
}

/** Asks everybody who can tell, all at once. */
export async function diagnose(ctx: Context, asked: readonly Purpose[] | undefined): Promise<Diagnosis> {
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

/** A service that is down comes first: it may have more to tell. Warnings are no failure. */
export function exitCodeFor(diagnosis: Diagnosis): number {
  if (isDown(diagnosis)) return exitCodeOfKind.unavailable;
  return worstOf(diagnosis.findings) === 'error' ? exitCodeOfKind['wrong-state'] : exitCodes.ok;
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
