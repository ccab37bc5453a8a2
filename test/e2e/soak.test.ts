import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { Cycler } from '../soak/cycle.js';
import { differences, type Measured, measure } from '../soak/measure.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';

/** VMs that come and go leave no descriptor, link, rule, route, mount, process or file; `npm run soak` goes on for longer. */

const cycles = Number(process.env.BANGER_SOAK_CYCLES ?? 4);
/** The first fills caches that stay: prepared statements, connections to peers, modules that are loaded on demand. */
const warmCycles = 2;

let device: KvmDevice;
let world: StandInWorld;
let cycler: Cycler;

beforeAll(async () => {
  device = await kvmDevice();
  world = await createStandInWorld('on');
  await world.banger('daemon', 'start');
  cycler = new Cycler({ stateDir: world.stateDir, runDir: world.runDir, configFile: world.configFile });
});
afterAll(async () => {
  cycler?.close();
  await world?.dispose();
  await device?.remove();
});

const look = async (): Promise<Measured> => measure(world, await cycler.services());

test('what there is returns to what there was, and databases stay small', async () => {
  for (let i = 0; i < warmCycles; i++) await cycler.cycle('soak');
  const before = await look();
  for (let i = 0; i < cycles; i++) await Promise.all([cycler.cycle('soak'), cycler.cycle('other')]);
  const isAsBefore = async () => differences(before.counts, (await look()).counts).length === 0;
  await pollUntil(isAsBefore, { what: 'all is as before', timeoutMs: 30_000, everyMs: 500 }).catch(() => undefined);
  const after = await look();
  expect(differences(before.counts, after.counts)).toEqual([]);
  for (const [name, bytes] of Object.entries(after.sizes)) {
    // SQLite moves its log into the database at a thousand pages of 4 KiB, and writes it from the start again.
    if (name.endsWith('-wal bytes')) expect(bytes).toBeLessThan(5_000_000);
    if (name.endsWith('.db bytes')) expect(bytes).toBeLessThan(2_000_000);
  }
});
