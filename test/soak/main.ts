import { parseArgs } from 'node:util';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { writeFile } from '../../lib/host/files.js';
import { kvmDevice } from '../e2e/support/kvm-device.js';
import { createStandInWorld } from '../e2e/support/stand-in-world.js';
import { createWorld, type World } from '../e2e/support/world.js';
import { Cycler } from './cycle.js';
import { differences, type Figures, type Measured, measure } from './measure.js';
import { grows, slopeOf } from './slope.js';

/** Cycles VMs for a while and tells what grows. Run by scripts/soak.mjs. */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    real: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

/** The first cycles fill caches that stay. */
const warmCycles = 3;

async function soak(world: World, minutes: number): Promise<readonly Measured[]> {
  const paths = { stateDir: world.stateDir, runDir: world.runDir, configFile: world.configFile };
  const cycler = new Cycler(paths, async (name, address) => {
    if (!values.real) return;
    await world.inVm(name, 'true');
    await runCommand(['ping', '-c', '1', '-W', '10', address]);
  });
  const taken: Measured[] = [];
  const end = performance.now() + minutes * 60_000;
  for (let cycle = 0; cycle < warmCycles + 3 || performance.now() < end; cycle++) {
    await cycler.cycle('soak');
    if (cycle < warmCycles) continue;
    taken.push(await settled(world, cycler, taken[0]));
    process.stderr.write(
      `cycle ${taken.length}, ${Math.max(0, Math.round((end - performance.now()) / 1000))} s left\n`,
    );
  }
  cycler.close();
  return taken;
}

/** What was begun in a cycle may take a moment to end; what has not by then has leaked. */
async function settled(world: World, cycler: Cycler, first: Measured | undefined): Promise<Measured> {
  const look = async () => measure(world, await cycler.services());
  if (first === undefined) return look();
  const isAsBefore = async () => {
    const now = await look();
    return differences(first.counts, now.counts).length === 0 && now;
  };
  return pollUntil(isAsBefore, { what: 'all is as before', timeoutMs: 10_000, everyMs: 500 }).catch(look);
}

interface Row {
  readonly figure: string;
  readonly first: number;
  readonly last: number;
  readonly perCycle: number;
  readonly error: number;
  readonly grows: boolean;
}

function rowsOf(taken: readonly Measured[]): Row[] {
  const all = taken.map(({ counts, sizes }): Figures => ({ ...counts, ...sizes }));
  return Object.keys(all[0] ?? {}).map((figure) => {
    const figures = all.map((each) => each[figure] ?? 0);
    const slope = slopeOf(figures);
    return { figure, first: figures[0] ?? 0, last: figures.at(-1) ?? 0, ...slope, grows: grows(slope) };
  });
}

function print(rows: readonly Row[], cycles: number): void {
  const text = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(2));
  const cells = rows.map((row) => [
    row.figure,
    text(row.first),
    text(row.last),
    `${text(row.perCycle)} ± ${text(row.error)}`,
    row.grows ? 'grows' : '',
  ]);
  const table = [['figure', 'first', 'last', 'per cycle', ''], ...cells];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...table.map((row) => (row[i] ?? '').length)));
  for (const row of table) {
    process.stdout.write(
      `${row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
  process.stdout.write(`${cycles} cycles\n`);
}

const device = values.real ? undefined : await kvmDevice();
const world = values.real ? await createWorld() : await createStandInWorld('off');
try {
  await world.banger('daemon', 'start');
  const taken = await soak(world, Number(values.minutes));
  const rows = rowsOf(taken);
  print(rows, taken.length);
  if (values.json)
    await writeFile(values.json, `${JSON.stringify({ cycles: taken.length, real: values.real, rows }, null, 2)}\n`);
  const counts = Object.keys(taken[0]?.counts ?? {});
  const leaks = rows.filter(({ figure, first, last }) => counts.includes(figure) && last > first);
  for (const { figure, first, last } of leaks) process.stderr.write(`${figure}: ${first} before, ${last} after\n`);
  process.exitCode = leaks.length > 0 ? 1 : 0;
} finally {
  await world.dispose();
  await device?.remove();
}
