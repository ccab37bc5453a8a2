import { pauseBeforeStart } from './restart.js';
import { type Remain, remainName } from './trash.js';
import { type Attachment, isRestartPending, type Vm } from './vm.js';

/** What was found of a VM on its host and at the peers, held against what is recorded of it. Pure. */

/** `unknown`: it could not be looked at. */
export type Verdict = 'ok' | 'bad' | 'unknown';

/** In the order of a boot. */
export type Subject =
  | 'process'
  | 'control socket'
  | 'attachment'
  | 'tap'
  | 'image'
  | 'disk'
  | 'work disk'
  | 'guest'
  | 'restarts'
  | 'settings'
  | 'clean-up';

export interface Evidence {
  readonly subject: Subject;
  readonly verdict: Verdict;
  /** A few words without a full stop. */
  readonly detail: string;
}

/** What came of a question: an answer, or why there is none. */
export type Asked<T> = { readonly answer: T } | { readonly problem: string };

/** A disk's file. */
export interface DiskSize {
  readonly name: 'disk' | 'work disk';
  /** As the guest sees it. */
  readonly bytes: number;
  /** What it occupies on the host. */
  readonly allocatedBytes: number;
}

/** What was seen. What is absent was not looked at, for nothing is to be expected there. */
export interface Facts {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the process that has the recorded pid now started; absent when there is none. */
  readonly startTime?: number;
  readonly control?: Asked<unknown>;
  readonly attachment?: Asked<Attachment | undefined>;
  readonly hasTap?: Asked<boolean>;
  readonly isHeld?: Asked<boolean>;
  readonly disks?: Asked<readonly DiskSize[]>;
  /** Whether an ssh server in the guest said its banner. */
  readonly banner?: Asked<unknown>;
  readonly remains: readonly Remain[];
}

/** Whether the recorded process is the one that runs now. */
export function isProcessThere({ status }: Pick<Vm, 'status'>, startTime: number | undefined): boolean {
  return status.process !== undefined && status.process.startTime === startTime;
}

export function evidenceOf(vm: Vm, facts: Facts): Evidence[] {
  return [
    processEvidence(vm, facts),
    controlEvidence(facts),
    attachmentEvidence(vm, facts),
    tapEvidence(vm, facts),
    imageEvidence(vm, facts),
    diskEvidence(vm, facts, 'disk', vm.status.sshHostKey !== undefined),
    diskEvidence(vm, facts, 'work disk', vm.status.workDiskMib > 0),
    guestEvidence(vm, facts),
    restartsEvidence(vm, facts),
    settingsEvidence(vm),
    ...facts.remains.map(remainEvidence),
  ].filter((evidence) => evidence !== undefined);
}

function processEvidence({ status }: Vm, { startTime }: Facts): Evidence {
  const told = (verdict: Verdict, detail: string): Evidence => ({ subject: 'process', verdict, detail });
  const { state, process } = status;
  const mustRun = state === 'RUNNING' || state === 'PAUSED';
  if (process === undefined) return told(mustRun ? 'bad' : 'ok', 'no hypervisor is recorded');
  const { pid } = process;
  if (startTime === undefined) return told('bad', `pid ${pid} is gone`);
  if (startTime !== process.startTime) {
    return told(
      'bad',
      `pid ${pid} is another program's by now: it started at ${startTime}, ours at ${process.startTime}`,
    );
  }
  const detail = `pid ${pid} runs, the one that was recorded (start time ${startTime})`;
  return state === 'FAILED' ? told('bad', `${detail}, though the vm has failed`) : told('ok', detail);
}

function controlEvidence({ control }: Facts): Evidence | undefined {
  if (control === undefined) return undefined;
  const subject = 'control socket';
  if ('answer' in control) return { subject, verdict: 'ok', detail: 'the hypervisor answers' };
  return { subject, verdict: 'bad', detail: `the hypervisor does not answer: ${control.problem}` };
}

function attachmentEvidence({ status }: Vm, { attachment }: Facts): Evidence | undefined {
  if (attachment === undefined) return undefined;
  const told = (verdict: Verdict, detail: string): Evidence => ({ subject: 'attachment', verdict, detail });
  if ('problem' in attachment) return told('unknown', `netd could not be asked: ${attachment.problem}`);
  const { answer } = attachment;
  const { network } = status;
  if (answer === undefined) {
    if (network === undefined || status.state === 'DELETING') return told('ok', 'netd has none');
    return told('bad', `netd has none, and ${placeOf(network)} is recorded`);
  }
  if (network !== undefined && placeOf(network) !== placeOf(answer)) {
    return told('bad', `netd has ${placeOf(answer)}, and ${placeOf(network)} is recorded`);
  }
  return told('ok', `${placeOf(answer)}, NAT ${answer.nat ? 'on' : 'off'}`);
}

function placeOf({ ipv4Address, tap }: Attachment): string {
  return `${ipv4Address} at ${tap}`;
}

function tapEvidence({ status }: Vm, { hasTap }: Facts): Evidence | undefined {
  const tap = status.network?.tap;
  if (tap === undefined || hasTap === undefined) return undefined;
  if ('problem' in hasTap) return { subject: 'tap', verdict: 'unknown', detail: hasTap.problem };
  const isFine = hasTap.answer || status.state === 'DELETING';
  const detail = `${tap} is ${hasTap.answer ? '' : 'not '}on the host`;
  return { subject: 'tap', verdict: isFine ? 'ok' : 'bad', detail };
}

function imageEvidence({ spec, status }: Vm, { isHeld }: Facts): Evidence | undefined {
  if (isHeld === undefined) return undefined;
  const told = (verdict: Verdict, detail: string): Evidence => ({ subject: 'image', verdict, detail });
  if ('problem' in isHeld) return told('unknown', `imaged could not be asked: ${isHeld.problem}`);
  if (isHeld.answer) return told('ok', `${spec.image} is held for it`);
  return told(status.state === 'DELETING' ? 'ok' : 'bad', `${spec.image} is not held for it`);
}

function diskEvidence(
  { status }: Vm,
  { disks }: Facts,
  subject: DiskSize['name'],
  isExpected: boolean,
): Evidence | undefined {
  if (disks === undefined) return undefined;
  if ('problem' in disks) return isExpected ? { subject, verdict: 'unknown', detail: disks.problem } : undefined;
  const found = disks.answer.find(({ name }) => name === subject);
  if (found) {
    const detail = `${sizeText(found.bytes)}, of which ${sizeText(found.allocatedBytes)} are used on the host`;
    return { subject, verdict: 'ok', detail };
  }
  if (!isExpected) return undefined;
  return { subject, verdict: status.state === 'DELETING' ? 'ok' : 'bad', detail: 'its file is not there' };
}

const bytesPerMib = 1024 * 1024;

function sizeText(bytes: number): string {
  const mib = bytes / bytesPerMib;
  const [count, unit] = mib < 1024 ? [mib, 'MiB'] : [mib / 1024, 'GiB'];
  return `${Math.round(count * 10) / 10} ${unit}`;
}

function guestEvidence({ status }: Vm, { banner }: Facts): Evidence | undefined {
  if (banner === undefined) return undefined;
  const place = `port 22 of ${status.network?.ipv4Address ?? 'no address'}`;
  if ('answer' in banner) return { subject: 'guest', verdict: 'ok', detail: `ssh answers at ${place}` };
  return { subject: 'guest', verdict: 'bad', detail: `no ssh server answers at ${place}: ${banner.problem}` };
}

function restartsEvidence({ status }: Vm, { now }: Facts): Evidence | undefined {
  const { restarts } = status;
  if (restarts === undefined) return undefined;
  const { count, quick, reason = 'for no known reason' } = restarts;
  const pauseMs = pauseBeforeStart(restarts, now);
  const isWaiting = status.state === 'STARTING' && pauseMs > 0;
  const wait = isWaiting ? `the next start waits ${Math.ceil(pauseMs / 1000)} s; ` : '';
  const times = count === 1 ? 'once' : `${count} times`;
  const detail = `started again by itself ${times}; ${wait}the last time: ${reason}`;
  return { subject: 'restarts', verdict: isWaiting || quick > 1 ? 'bad' : 'ok', detail };
}

function settingsEvidence(vm: Vm): Evidence | undefined {
  if (!isRestartPending(vm)) return undefined;
  return { subject: 'settings', verdict: 'ok', detail: 'changes wait for the next start' };
}

function remainEvidence({ part, problem }: Remain): Evidence {
  const why = problem === '' ? 'it was not tried yet' : problem;
  return { subject: 'clean-up', verdict: 'bad', detail: `${remainName(part)} could not be cleaned up yet: ${why}` };
}
