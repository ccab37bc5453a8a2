import { reasons } from './errors.js';
import type { Evidence, Subject } from './evidence.js';
import { isRestartPending, type Vm, type VmState } from './vm.js';

/** What the state of a VM means with what was found of it, and what to do next. Pure; every state has a next step. */

export interface Advice {
  /** One sentence or two, without a full stop. */
  readonly meaning: string;
  /** Words with commands; never empty. */
  readonly nextStep: string;
}

/** A VM and what was found of it. */
interface Case {
  readonly vm: Vm;
  readonly name: string;
  bad(subject: Subject): Evidence | undefined;
  unknown(subject: Subject): Evidence | undefined;
}

export function adviceOf(vm: Vm, evidence: readonly Evidence[]): Advice {
  const find = (verdict: Evidence['verdict']) => (subject: Subject) =>
    evidence.find((each) => each.subject === subject && each.verdict === verdict);
  const { meaning, nextStep } = byState[vm.status.state]({
    vm,
    name: vm.name,
    bad: find('bad'),
    unknown: find('unknown'),
  });
  const unseen = evidence.filter(({ verdict }) => verdict === 'unknown').map(({ subject }) => subject);
  const rest = unseen.length === 0 ? '' : `; not all could be looked at: ${unseen.join(', ')}`;
  return { meaning: `${meaning}${rest}`, nextStep };
}

/** Of a VM that was deleted and can be restored. */
export function adviceOfDeleted({ name, uid }: Pick<Vm, 'name' | 'uid'>, keptUntil: number, namesakes: number): Advice {
  const reference = namesakes > 1 ? uid : name;
  return {
    meaning: `it was deleted, and can be restored until ${new Date(keptUntil).toISOString()}`,
    nextStep: `bring it back with \`banger vm restore ${reference}\`, or remove it for good with \`banger vm purge ${reference}\``,
  };
}

const byState: Readonly<Record<VmState, (each: Case) => Advice>> = {
  CREATING: (each) => onItsWay(each, 'what it needs is being made'),
  STARTING: (each) => onItsWay(each, 'it is being started'),
  RUNNING: (each) => troubleOfLiving(each) ?? well(each),
  PAUSED: (each) => troubleOfLiving(each) ?? asleep(each),
  STOPPING: stopping,
  DELETING: deleting,
  STOPPED: stopped,
  FAILED: failed,
};

/** What is wrong with a VM whose hypervisor shall run, the gravest first. */
const troubles: readonly (readonly [Subject, (name: string, detail: string) => Advice])[] = [
  [
    'process',
    (name, detail) => ({
      meaning: `it is recorded as running, but its hypervisor does not run: ${detail}`,
      nextStep: `look again in a moment, for vmm is about to record it; if it stays so, run \`banger service restart vmm\` and then \`banger vm start ${name}\``,
    }),
  ],
  [
    'control socket',
    (name, detail) => ({
      meaning: `its hypervisor is there, but hangs: ${detail}`,
      nextStep: `if it stays so, end it with \`banger vm kill ${name}\` and start it with \`banger vm start ${name}\``,
    }),
  ],
  [
    'disk',
    (name, detail) => ({
      meaning: `it still runs, but cannot be started again: the file of its disk is lost (${detail})`,
      nextStep: `copy what you need out of the guest with \`banger vm ssh ${name}\` before it stops; then delete it and create it anew`,
    }),
  ],
  [
    'work disk',
    (name, detail) => ({
      meaning: `it still runs, but the file of its work disk is lost (${detail})`,
      nextStep: `copy what you need of /work out of the guest with \`banger vm ssh ${name}\` before it stops`,
    }),
  ],
  ['attachment', (name, detail) => cutOff(name, detail)],
  ['tap', (name, detail) => cutOff(name, detail)],
  [
    'image',
    (_, detail) => ({
      meaning: `it runs, but its image could be removed under it: ${detail}`,
      nextStep: 'let vmm ask for the image again with `banger service restart vmm`; the vm goes on meanwhile',
    }),
  ],
  [
    'guest',
    (name, detail) => ({
      meaning: `its hypervisor is well, but its guest is silent: ${detail}`,
      nextStep: `see what it says with \`banger vm logs ${name}\`, log in at its console with \`banger vm console ${name}\`, or restart it with \`banger vm restart ${name}\``,
    }),
  ],
];

function cutOff(name: string, detail: string): Advice {
  return {
    meaning: `it runs, but is cut off from the network: ${detail}`,
    nextStep: `make its network anew with \`banger vm restart ${name}\`; why it went is in \`banger service logs netd\``,
  };
}

function troubleOfLiving({ vm, name, bad }: Case): Advice | undefined {
  for (const [subject, advice] of troubles) {
    const found = bad(subject);
    // A guest that stands still answers nobody, as it should.
    if (found && !(subject === 'guest' && vm.status.state === 'PAUSED')) return advice(name, found.detail);
  }
  return undefined;
}

function well({ vm, name, bad, unknown }: Case): Advice {
  if (vm.goal === 'paused') {
    return { meaning: 'it is about to be paused', nextStep: `let it go on with \`banger vm resume ${name}\`` };
  }
  const away = awayPeer(unknown);
  if (away) {
    const nextStep = `look why ${away} does not answer with \`banger service logs ${away}\`; the vm goes on meanwhile, and \`banger vm ssh ${name}\` works`;
    return { meaning: 'it runs', nextStep };
  }
  const restarts = bad('restarts');
  if (restarts) {
    return {
      meaning: `it runs, but does not stay up: ${restarts.detail}`,
      nextStep: `see why with \`banger vm logs ${name}\`; \`banger vm set ${name} --restart never\` leaves it down the next time`,
    };
  }
  const login = `log in with \`banger vm ssh ${name}\``;
  if (vm.status.lastError) {
    const meaning = `it runs, and its last change did not come about: ${vm.status.lastError.message}`;
    return { meaning, nextStep: `${login}, and make the change again with \`banger vm set ${name} …\`` };
  }
  const pending = isRestartPending(vm)
    ? `; changes of its settings take effect with \`banger vm restart ${name}\``
    : '';
  return { meaning: 'it runs, and its guest answers', nextStep: `${login}${pending}` };
}

function asleep({ vm, name, unknown }: Case): Advice {
  const away = awayPeer(unknown);
  const also = away ? `; look why ${away} does not answer with \`banger service logs ${away}\`` : '';
  if (vm.goal === 'running')
    return {
      meaning: 'it was paused, and is about to go on',
      nextStep: `look again with \`banger vm show ${name}\`${also}`,
    };
  return { meaning: 'its processors stand still', nextStep: `let it go on with \`banger vm resume ${name}\`${also}` };
}

/** Which peer does not answer, if one does not. */
function awayPeer(unknown: Case['unknown']): 'netd' | 'imaged' | undefined {
  if (unknown('attachment')) return 'netd';
  return unknown('image') ? 'imaged' : undefined;
}

/** The peer that a step asks. */
const peerOfStep: Readonly<Record<string, 'netd' | 'imaged'>> = { image: 'imaged', network: 'netd' };
const subjectOfPeer = { netd: 'attachment', imaged: 'image' } as const;

/** The peer that a step waits for, as the look at it, or its last attempt, says. */
function waitedFor({ vm, unknown }: Case): 'netd' | 'imaged' | undefined {
  const peer = peerOfStep[vm.status.step];
  if (peer === undefined) return undefined;
  return unknown(subjectOfPeer[peer]) || vm.status.lastError?.kind === 'unavailable' ? peer : undefined;
}

function onItsWay(each: Case, what: string): Advice {
  const { vm, name, bad } = each;
  const { step, restarts, lastError } = vm.status;
  const stop = `\`banger vm stop ${name}\` ends the attempts`;
  const peer = waitedFor(each);
  if (peer) {
    const meaning = `${what}, and waits for ${peer}, which does not answer`;
    const nextStep = `look why with \`banger service logs ${peer}\`, and restart it with \`banger service restart ${peer}\`; the vm goes on by itself then`;
    return { meaning, nextStep };
  }
  if (step === 'backoff') {
    const why = bad('restarts')?.detail ?? restarts?.reason ?? 'starts followed each other quickly';
    return {
      meaning: `it waits before it is started again: ${why}`,
      nextStep: `see why it ended with \`banger vm logs ${name}\`; ${stop}`,
    };
  }
  if (step === 'boot') {
    const dead = bad('process') ?? bad('control socket');
    if (dead) return hung(name, `its guest was booting, and ${dead.detail}`);
    const meaning = `its hypervisor runs, and its guest boots: it has not answered on port 22 yet`;
    return {
      meaning,
      nextStep: `watch it with \`banger vm logs --follow ${name}\`; \`banger vm kill ${name}\` gives up`,
    };
  }
  const trouble = lastError ? `; the last attempt failed: ${lastError.message}` : '';
  const at = step === '' ? '' : ` (step ${step})`;
  return {
    meaning: `${what}${at}${trouble}`,
    nextStep: `wait for it with \`banger vm start ${name}\`; if it does not go on, look at \`banger service logs vmm\`; ${stop}`,
  };
}

function hung(name: string, meaning: string): Advice {
  return {
    meaning,
    nextStep: `look again in a moment; if it stays so, end it with \`banger vm kill ${name}\` and start it with \`banger vm start ${name}\``,
  };
}

function stopping({ vm, name, bad }: Case): Advice {
  const dead = bad('process');
  if (dead) return hung(name, `it is being stopped, and ${dead.detail}`);
  const grace = vm.status.stopOrder?.graceSeconds ?? 0;
  const asked =
    grace > 0 ? `its guest was asked to power off, and is ended after ${grace} s` : 'its hypervisor is being ended';
  const then = vm.goal === 'running' ? '; then it is started again' : '';
  return {
    meaning: `${asked}${then}`,
    nextStep: `end it at once with \`banger vm kill ${name}\`, or wait with \`banger vm stop ${name}\``,
  };
}

function deleting(each: Case): Advice {
  const { vm, name } = each;
  const peer = waitedFor(each);
  const force = `\`banger vm delete --force ${name}\` ends it at once, and cleans up later`;
  if (peer) {
    const meaning = `it is being deleted, and waits for ${peer}, which does not answer`;
    return { meaning, nextStep: `look why with \`banger service logs ${peer}\`; ${force}` };
  }
  const at = vm.status.step === '' ? '' : ` (step ${vm.status.step})`;
  return { meaning: `it is being deleted${at}`, nextStep: `wait with \`banger vm delete ${name}\`; ${force}` };
}

function stopped({ vm, name, bad, unknown }: Case): Advice {
  const reason = vm.status.stateReason;
  const meaning = reason === undefined ? 'it is stopped, as it shall be' : `it is stopped: ${reason}`;
  const lost = bad('disk');
  if (lost) {
    return {
      meaning: `it is stopped, and its disk is lost: ${lost.detail}`,
      nextStep: `delete it with \`banger vm delete ${name}\` and create it anew`,
    };
  }
  const away = awayPeer(unknown);
  const first = away ? `look why ${away} does not answer with \`banger service logs ${away}\`, then ` : '';
  return { meaning, nextStep: `${first}start it with \`banger vm start ${name}\`` };
}

/** What to look at before the next start, by the reason of the error. */
const lookFirst: Readonly<Record<string, (name: string) => string>> = {
  ...of([reasons.BOOT_TIMEOUT, reasons.GUEST_POWERED_OFF, reasons.GUEST_PANICKED], guestSaid),
  ...of([reasons.HYPERVISOR_CRASHED], (name) => `${guestSaid(name)} and \`banger service logs vmm\``),
  ...of(
    [
      'HOST_NOT_READY',
      reasons.KVM_UNAVAILABLE,
      reasons.HYPERVISOR_FAILED,
      reasons.HYPERVISOR_REFUSED,
      reasons.HYPERVISOR_TOO_OLD,
      reasons.TAP_BUSY,
      reasons.TAP_NOT_ALLOWED,
    ],
    () => 'look what this host lacks with `banger doctor`',
  ),
  ...of(['STORAGE_UNWRITABLE', reasons.DISK_FAILED], () => 'look at the space on the disk with `banger doctor`'),
  ...of(['IMAGE_NOT_FOUND', reasons.BOOT_FILE_MISSING], () => 'look which images there are with `banger image list`'),
  ...of(['KERNEL_NOT_FOUND'], () => 'look which kernels there are with `banger kernel list`'),
  ...of(
    ['SERVICE_UNREACHABLE', 'DEADLINE_EXCEEDED', 'SHUTTING_DOWN'],
    () => 'look which service is away with `banger service list`',
  ),
};

function guestSaid(name: string): string {
  return `see what its guest said with \`banger vm logs ${name}\``;
}

function of<T>(keys: readonly string[], value: T): Record<string, T> {
  return Object.fromEntries(keys.map((key) => [key, value]));
}

function failed({ vm, name, bad }: Case): Advice {
  const { lastError, stateReason } = vm.status;
  const meaning = `it has failed: ${lastError?.message ?? stateReason ?? 'nothing is known of why'}`;
  const alive = bad('process');
  if (alive && vm.status.process) {
    return {
      meaning,
      nextStep: `make sure that nothing of it runs with \`banger vm kill ${name}\`, then start it with \`banger vm start ${name}\``,
    };
  }
  if (bad('disk'))
    return { meaning, nextStep: `its disk is lost: delete it with \`banger vm delete ${name}\` and create it anew` };
  const look = lookFirst[lastError?.reason ?? '']?.(name) ?? 'read the error above';
  return {
    meaning,
    nextStep: `${look}; then start it again with \`banger vm start ${name}\`, or delete it with \`banger vm delete ${name}\``,
  };
}
