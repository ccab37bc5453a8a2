import fc from 'fast-check';
import type { RestartPolicy } from '../../services/vmm/domain/vm.js';
import { agrees } from './agreement.js';
import { type Banger, type Fragile, fragile, type Peer, turns } from './banger.js';
import {
  afterBoth,
  afterEndOnTheWay,
  afterOwnEnd,
  afterTrouble,
  afterUnrecordedEnd,
  afterUnseenEnd,
  afterVerb,
  type End,
  type Ends,
  type OwnEnd,
  ownEnds,
  type Verb,
  verbs,
} from './expectation.js';
import type { Fuse } from './life.js';

export const names = ['web', 'db'] as const;
type Name = (typeof names)[number];

/** What the user may expect now. */
export interface Model {
  readonly policy: RestartPolicy;
  readonly ends: Map<Name, Ends>;
  /** Something is wrong around the service: whatever is done meanwhile may fail. */
  trouble: boolean;
  /** VMs whose own end a full disk keeps from the record: asked for what the record has, the service says that it is so. */
  readonly unrecorded: Set<Name>;
}

export function newModel(policy: RestartPolicy): Model {
  return {
    policy,
    ends: new Map(names.map((name) => [name, new Set<End>(['absent'])])),
    trouble: false,
    unrecorded: new Set(),
  };
}

type Command = fc.AsyncCommand<Model, Banger>;

function command(text: string, run: (model: Model, banger: Banger) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => text,
    run: async (model, banger) => {
      await run(model, banger);
      if (model.trouble) for (const [name, ends] of model.ends) model.ends.set(name, afterTrouble(ends));
    },
  };
}

/** Writes down where a VM may end now; none at all means that banger gave an answer that it must not give. */
function expectEnds(model: Model, name: Name, ends: Ends, told: string): void {
  const before = [...(model.ends.get(name) ?? [])].join(' or ');
  const known = model.unrecorded.has(name) ? new Set([...endsOf(model, name), ...ends]) : ends;
  if (known.size === 0) throw new Error(`${name}, on its way to ${before}: ${told}`);
  model.ends.set(name, known);
}

const endsOf = (model: Model, name: Name): Ends => model.ends.get(name) ?? new Set();

const ask = (name: Name, verb: Verb, pause: number) =>
  command(`${verb} ${name}, ${pause} turns`, async (model, banger) => {
    const outcome = await banger.ask(name, verb);
    expectEnds(model, name, afterVerb(endsOf(model, name), verb, outcome), `${verb} was ${outcome}`);
    await turns(pause);
  });

const cancel = (name: Name, verb: Verb, after: number) =>
  command(`${verb} ${name}, gone after ${after} turns`, async (model, banger) => {
    const outcome = await banger.ask(name, verb, after);
    expectEnds(model, name, afterVerb(endsOf(model, name), verb, outcome), `${verb} was ${outcome}`);
  });

const both = (name: Name, first: Verb, second: Verb, pause: number) =>
  command(`${first} and ${second} ${name} at once, ${pause} turns`, async (model, banger) => {
    const [a, b] = await Promise.all([banger.ask(name, first), banger.ask(name, second)]);
    const ends = afterBoth(endsOf(model, name), { verb: first, outcome: a }, { verb: second, outcome: b });
    expectEnds(model, name, ends, `${first} was ${a} and ${second} was ${b}`);
    await turns(pause);
  });

const endByItself = (name: Name, end: OwnEnd) =>
  command(`${end} of ${name}`, async (model, banger) => {
    const how = await banger.endByItself(name, end);
    if (how === undefined) return;
    const ends = endsOf(model, name);
    const after = {
      settled: () => afterOwnEnd(end, model.policy),
      unseen: () => afterUnseenEnd(end, model.policy),
      unrecorded: () => afterUnrecordedEnd(end, model.policy),
      moving: () => afterEndOnTheWay(ends, end, model.policy),
    };
    expectEnds(model, name, after[how](), `${end} while ${how}`);
    if (how === 'unrecorded') model.unrecorded.add(name);
  });

const trouble = (text: string, make: (banger: Banger) => void) =>
  command(text, async (model, banger) => {
    make(banger);
    model.trouble = true;
  });

const settle = command('all is well', async (model, banger) => {
  banger.heal();
  model.trouble = false;
  model.unrecorded.clear();
  await banger.settle();
  for (const name of names) model.ends.set(name, new Set([agrees(banger, name, endsOf(model, name))]));
});

/** Mostly one VM, so that much happens to it; the other shows that they are strangers to each other. */
const anyName = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Name>('web') },
  { weight: 1, arbitrary: fc.constant<Name>('db') },
);
const anyVerb = fc.constantFrom<Verb>('create', ...verbs);
const pause = fc.integer({ min: 0, max: 12 });
const fuse = fc.record({
  calls: fc.integer({ min: 0, max: 25 }),
  when: fc.constantFrom<Fuse['when']>('before', 'after'),
});

const asked = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(anyName, anyVerb, pause).map((args) => ask(...args)) },
  { weight: 1, arbitrary: fc.tuple(anyName, anyVerb, pause).map((args) => cancel(...args)) },
  { weight: 1, arbitrary: fc.tuple(anyName, anyVerb, anyVerb, pause).map((args) => both(...args)) },
);
const ended = fc.tuple(anyName, fc.constantFrom<OwnEnd>(...ownEnds)).map((args) => endByItself(...args));
const died = fc.oneof(
  fuse.map((lit) => command(`vmm dies ${lit.when} call ${lit.calls}`, async (_model, banger) => banger.light(lit))),
  fc.constant(command('vmm is killed', async (_model, banger) => banger.kill())),
  fc.constant(command('vmm is stopped', (_model, banger) => banger.stop())),
);
const troubled = fc.oneof(
  fc.constantFrom<Peer>('netd', 'imaged').map((peer) => trouble(`${peer} is away`, (banger) => banger.loseTouch(peer))),
  fc.constantFrom<Fragile>(...fragile).map((call) => trouble(`${call} fails once`, (banger) => banger.breakOnce(call))),
  fc.constant(trouble('the disk is full', (banger) => banger.fillDisk())),
);
const passed = fc.oneof(
  fc.constantFrom(-86_400_000, -3_600_000, 3_600_000, 31_536_000_000).map((ms) => setClock(ms)),
  fc.integer({ min: 1, max: 90 }).map((s) => command(`${s} s go by`, (_model, banger) => banger.pass(s * 1000))),
);

/** All that may happen: mostly what users do, so that there is something that can go wrong. */
const step = fc.oneof(
  { weight: 9, arbitrary: asked },
  { weight: 2, arbitrary: ended },
  { weight: 2, arbitrary: died },
  { weight: 2, arbitrary: fc.constant(command('vmm is started', (_model, banger) => banger.start())) },
  { weight: 2, arbitrary: troubled },
  { weight: 1, arbitrary: passed },
  { weight: 2, arbitrary: fc.constant(settle) },
);

export const scripts = fc.commands([step], { maxCommands: 16, size: 'max' });

function setClock(ms: number): Command {
  return command(`the clock is set by ${ms} ms`, async (_model, banger) => banger.setClock(ms));
}
