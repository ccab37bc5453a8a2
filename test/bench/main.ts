import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createWorld } from '../e2e/support/world.js';
import { benchBoot } from './boot.js';
import { benchCli } from './cli.js';
import { benchDisk } from './disk.js';
import { benchExec } from './exec.js';
import { benchImages } from './images.js';
import { benchManyVms } from './many-vms.js';
import { type Row, renderTable, row } from './measure.js';
import { benchMemory } from './memory.js';
import { benchNames } from './names.js';
import { benchNat } from './nat.js';
import { benchNetwork } from './network.js';
import { benchScale } from './scale.js';
import { benchServices } from './services.js';

/** `npm run bench [-- --json FILE]`: what banger costs over the bare thing, measured in one run. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'string' } } });
  const world = await createWorld();
  const rows = imageRows();
  try {
    // What banger is compared with is QEMU.
    writeFileSync(world.configFile, '[vmm]\nfirecracker = "/nonexistent/firecracker"\n');
    await world.banger('daemon', 'start');
    for (const bench of [
      benchBoot,
      benchDisk,
      benchExec,
      benchImages,
      benchNetwork,
      benchNat,
      benchNames,
      benchScale,
      benchManyVms,
      benchCli,
      benchServices,
      benchMemory,
    ]) {
      console.error(`  ${bench.name} …`);
      rows.push(...(await bench(world)));
    }
  } finally {
    await world.dispose();
  }
  console.log(renderTable(rows));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

/** What was measured before, where the network is: scripts/lib/bench-images.mjs. */
function imageRows(): Row[] {
  const path = process.env.BANGER_BENCH_IMAGES;
  if (!path) return [];
  const series = JSON.parse(readFileSync(path, 'utf8')) as { name: string; values: number[]; baselines: number[] }[];
  return series.map(({ name, values, baselines }) => row(name, 'ms', values, baselines));
}

await main();
