import type { Journal } from '../../../lib/journal/journal.js';
import { journalled, type Kinds, makes, removes } from '../../../lib/journal/journalled.js';
import type { Guests, Shells, SshKeys } from './guest-ports.js';
import type { Disks, Hypervisors, Images, Layers, Machine, Networks } from './ports.js';
import type { World } from './world.js';

const ofVm = (uid: string) => ({ subject: uid });

/** What each method of each port does to the host and to what the peers hold. Every effect here is a step of the journal. */
export const effects: {
  readonly images: Kinds<Images>;
  readonly networks: Kinds<Networks>;
  readonly hypervisors: Kinds<Hypervisors>;
  readonly machine: Kinds<Machine>;
  readonly disks: Kinds<Disks>;
  readonly layers: Kinds<Layers>;
  readonly keys: Kinds<SshKeys>;
  readonly guests: Kinds<Guests>;
  readonly shells: Kinds<Shells>;
} = {
  images: {
    check: 'none',
    acquire: makes((holder, image) => ({ subject: holder.uid, detail: image })),
    isHeld: 'none',
    holders: 'none',
    release: removes(ofVm),
    addLayer: makes((layer) => ({ detail: layer.image })),
    digestOf: 'none',
    findMade: 'none',
  },
  networks: {
    ensure: makes(({ uid, name }) => ({ subject: uid, detail: name })),
    checkPlace: 'none',
    list: 'none',
    release: removes(ofVm),
    setNat: makes((uid, nat) => ({ subject: uid, detail: nat ? 'on' : 'off' })),
    setPolicy: makes(ofVm),
    checkPolicy: 'none',
    get: 'none',
    check: 'none',
  },
  hypervisors: {
    describe: 'none',
    missing: 'none',
    // It may boot a trial guest.
    choose: makes(),
    launch: makes((plan) => ({ subject: plan.uid, detail: `${plan.hypervisor} with ${plan.acceleration}` })),
    // It clears away what processes that are gone have left.
    find: removes(),
    look: 'none',
    adopt: 'none',
    lastEnd: 'none',
  },
  machine: {
    pressPowerButton: makes(),
    end: removes(),
    pause: makes(),
    resume: makes(),
    resizeWorkDisk: makes((bytes) => ({ detail: `${bytes} bytes` })),
    stats: 'none',
    openKeyboard: 'none',
    letGo: 'none',
  },
  disks: {
    paths: 'none',
    hasOverlay: 'none',
    createOverlay: makes(({ uid }, sizeMib) => ({ subject: uid, detail: `${sizeMib} MiB` })),
    ensureWork: makes(({ uid }, sizeMib) => ({ subject: uid, detail: `${sizeMib} MiB` })),
    extendWork: makes(({ uid }, sizeMib) => ({ subject: uid, detail: `${sizeMib} MiB` })),
    remove: removes(ofVm),
    allocated: 'none',
    list: 'none',
  },
  layers: {
    create: makes(),
    copy: makes(({ uid }) => ({ subject: uid })),
    finish: makes((_, { uid }) => ({ subject: uid })),
    discard: removes(),
  },
  keys: {
    authorizedKey: makes(),
    newHostKey: makes(),
    writeKnownHosts: makes(),
  },
  guests: {
    answers: 'none',
    run: makes((_, argv) => ({ detail: argv.join(' ') })),
    runScript: makes(),
  },
  // What a caller does in a guest is nothing that we would finish or undo; the audit trail has it.
  shells: {
    start: 'none',
    close: 'none',
  },
};

/** A world each of whose effects is in the journal. */
export function journalledWorld(world: World, journal: Journal): World {
  const wrap = <P extends object>(name: string, port: P, kinds: Kinds<P>) => journalled(journal, name, port, kinds);
  return {
    ...world,
    images: wrap('images', world.images, effects.images),
    networks: wrap('networks', world.networks, effects.networks),
    hypervisors: journalledHypervisors(world.hypervisors, journal),
    disks: wrap('disks', world.disks, effects.disks),
    layers: wrap('layers', world.layers, effects.layers),
    keys: wrap('keys', world.keys, effects.keys),
    guests: wrap('guests', world.guests, effects.guests),
    shells: wrap('shells', world.shells, effects.shells),
  };
}

/** The machines that come of it are journalled too. */
function journalledHypervisors(hypervisors: Hypervisors, journal: Journal): Hypervisors {
  const wrapped = journalled(journal, 'hypervisors', hypervisors, effects.hypervisors);
  const known = (machine: Machine) => journalled(journal, 'machine', machine, effects.machine);
  const launch: Hypervisors['launch'] = async (...args) => known(await wrapped.launch(...args));
  const adopt: Hypervisors['adopt'] = async (...args) => {
    const machine = await wrapped.adopt(...args);
    return machine && known(machine);
  };
  const own = { launch, adopt };
  return new Proxy(wrapped, { get: (target, key) => Reflect.get(key in own ? own : target, key) });
}
