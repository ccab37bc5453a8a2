import { unlessAborted } from '../../../lib/clock.js';
import { toBangerError } from '../../../lib/errors.js';
import type { ToldEvent } from '../../../lib/events/event.js';
import type { JournalEntry } from '../../../lib/journal/journal.js';
import { type Advice, adviceOf, adviceOfDeleted } from '../domain/advice.js';
import { printableLines } from '../domain/console-text.js';
import { vmNotFound } from '../domain/errors.js';
import { type Asked, type Evidence, evidenceOf, type Facts, isProcessThere } from '../domain/evidence.js';
import { entriesOf, type TrashEntry } from '../domain/trash.js';
import { type Vm, withStatus } from '../domain/vm.js';
import { kept } from './list-trash.js';
import type { Vmm } from './vmm.js';

export interface Explanation extends Advice {
  readonly vm: Vm;
  readonly evidence: readonly Evidence[];
  readonly effects: readonly JournalEntry[];
  readonly events: readonly ToldEvent[];
  /** The last lines of its console; none when all is well. */
  readonly console: readonly string[];
}

type Context = Pick<Vmm, 'world' | 'machines'>;

/** How long one look may take: short, for whoever asks has a VM in trouble, and a peer that is away is part of the answer. */
const lookMs = 1_500;
const pastCount = 10;
const consoleLines = 10;
/** Enough for those lines. */
const consoleBytes = 4_096;
/** A VM that changes while it is looked at is looked at again, so that state and evidence are of one time; not for ever. */
const mostLooks = 3;

/** Why a VM is as it is, by what evidence, and what to do next. Fails with VM_NOT_FOUND. */
export async function explainVm(context: Context, name: string, signal: AbortSignal): Promise<Explanation> {
  const found = context.world.store.findByName(name);
  if (found === undefined) return explainDeleted(context, name, signal);
  const { vm, evidence } = await look(context, found, signal);
  return { vm, evidence, ...adviceOf(vm, evidence), ...(await pastOf(context, vm, evidence, signal)) };
}

async function explainDeleted(context: Context, reference: string, signal: AbortSignal): Promise<Explanation> {
  const { world } = context;
  const entries = entriesOf(world.trash.list(), reference);
  const [entry] = entries;
  if (entry === undefined) throw vmNotFound(reference);
  const ended = withStatus(entry.vm, { state: 'STOPPED', process: undefined });
  const evidence = evidenceOf(ended, await factsOfDeleted(context, entry, signal));
  const advice = adviceOfDeleted(entry.vm, kept(world, entry).keptUntil, entries.length);
  return { vm: entry.vm, evidence, ...advice, ...(await pastOf(context, entry.vm, [], signal)) };
}

async function look(context: Context, first: Vm, signal: AbortSignal): Promise<{ vm: Vm; evidence: Evidence[] }> {
  let vm = first;
  for (let looks = 1; ; looks++) {
    const evidence = evidenceOf(vm, await factsOf(context, vm, signal));
    const now = context.world.store.get(vm.uid);
    if (now === undefined || now.revision === vm.revision || looks === mostLooks) return { vm, evidence };
    vm = now;
  }
}

/** All looks at once: the slowest decides how long it takes. */
async function factsOf({ world, machines }: Context, vm: Vm, signal: AbortSignal): Promise<Facts> {
  const { uid, status } = vm;
  const { network, origin, process, state } = status;
  const startTime = process && world.sight.startTimeOf(process.pid);
  const isThere = isProcessThere(vm, startTime);
  const ask = <T>(question: (either: AbortSignal) => Promise<T>) => asked(question, signal);
  const [control, attachment, hasTap, isHeld, disks, banner] = await Promise.all([
    isThere ? ask(async () => machineOf(machines, uid).stats()) : undefined,
    ask((either) => world.networks.get(uid, either)),
    network && ask(() => world.sight.hasInterface(network.tap)),
    origin && ask((either) => world.images.isHeld(uid, origin.digest, either)),
    ask(() => world.sight.diskSizes(uid)),
    isThere && network && state === 'RUNNING'
      ? ask((either) => world.guests.answers(network.ipv4Address, either))
      : undefined,
  ]);
  const facts = { control, attachment, hasTap, isHeld, disks, banner };
  return { now: world.host.now(), startTime, ...facts, remains: world.trash.remains(uid) };
}

function machineOf(machines: Context['machines'], uid: string) {
  const machine = machines.get(uid);
  if (machine === undefined) throw new Error('vmm does not follow it yet');
  return machine;
}

/** What is kept to be restored. Its place in the network was given back. */
async function factsOfDeleted({ world }: Context, { vm }: TrashEntry, signal: AbortSignal): Promise<Facts> {
  const { origin } = vm.status;
  const [isHeld, disks] = await Promise.all([
    origin && asked((either) => world.images.isHeld(vm.uid, origin.digest, either), signal),
    asked(() => world.sight.diskSizes(vm.uid), signal),
  ]);
  return { now: world.host.now(), isHeld, disks, remains: world.trash.remains(vm.uid) };
}

/** Fails only when the caller is gone. */
async function asked<T>(question: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Asked<T>> {
  const limit = AbortSignal.timeout(lookMs);
  const either = AbortSignal.any([signal, limit]);
  try {
    return { answer: await unlessAborted(question(either), either) };
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return { problem: `no answer within ${lookMs / 1000} s` };
    return { problem: toBangerError(error).message };
  }
}

async function pastOf({ world }: Context, vm: Vm, evidence: readonly Evidence[], signal: AbortSignal) {
  const { history } = world;
  const wentWrong = vm.status.state === 'FAILED' || vm.status.restarts !== undefined || isDead(evidence);
  return {
    effects: history.effects(vm.uid, pastCount),
    events: history.events(vm.uid, pastCount),
    console: wentWrong ? await consoleOf(world, vm.uid, signal) : [],
  };
}

function isDead(evidence: readonly Evidence[]): boolean {
  return evidence.some(({ subject, verdict }) => (subject === 'process' || subject === 'guest') && verdict === 'bad');
}

/** None when it cannot be read: it is no more than an addition. */
async function consoleOf({ consoles }: Context['world'], uid: string, signal: AbortSignal): Promise<readonly string[]> {
  const read = await asked(async (either) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of consoles.read(uid, { tailBytes: consoleBytes, follow: false, signal: either }))
      pieces.push(piece);
    return printableLines(Buffer.concat(pieces).toString('utf8')).slice(-consoleLines);
  }, signal);
  return 'answer' in read ? read.answer : [`(the console log could not be read: ${read.problem})`];
}
