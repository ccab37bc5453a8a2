import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { type CreateVmRequest, VmServiceService, VmSpec } from '../../gen/banger/vmm/v1/vm_service.js';
import { commandLine, residentBytes } from '../../lib/host/process.js';
import { createClient } from '../../lib/rpc/client.js';
import { openTerminal } from '../e2e/support/tmux.js';
import { bangerProgram, type World } from '../e2e/support/world.js';
import { type Row, row, timed } from './measure.js';

/** What is linear takes 100 times as long with so many more VMs, and what is flat as long as before. */
const few = 10;
const many = 1_000;
const rounds = 10;

/** What lists, watchers, completion and the screen take with 1,000 VMs, which are made and not started, against 10. */
export async function benchManyVms(world: World): Promise<Row[]> {
  const vmm = createClient(VmServiceService, 'vmm', `${world.runDir}/vmm.sock`, { waitForReady: true });
  const create = (i: number) => {
    const spec = VmSpec.fromPartial({ labels: { bench: 'many' } });
    const how = { requestId: randomUUID(), noStart: true, wait: true, validateOnly: false };
    return vmm.createVm({ name: `many-${i}`, spec, ...how } satisfies CreateVmRequest);
  };
  const snapshot = async () => {
    const over = new AbortController();
    for await (const { event } of vmm.watchVms({ name: '', selector: '' }, { signal: over.signal }))
      if (event?.$case === 'synced') return over.abort();
  };
  const measures: Readonly<Record<string, () => Promise<number>>> = {
    'vm list': () => timed(() => world.banger('vm', 'list')),
    'vm list of one label': () => timed(() => world.banger('vm', 'list', '-l', 'bench=none')),
    'completion of names': () => timed(() => world.banger('internal', 'names', 'vm')),
    'first snapshot of WatchVms': () => timed(snapshot),
    'start of the screen': async () => (await screen(world)).ms,
    'memory of the screen': async () => (await screen(world)).bytes,
  };
  try {
    for (let i = 0; i < few; i++) await create(i);
    const before = await measured(measures);
    for (let i = few; i < many; i++) await create(i);
    const after = await measured(measures);
    return Object.keys(measures).map((name) =>
      row(`${name}, 1,000 VMs / 10`, name.startsWith('memory') ? 'bytes' : 'ms', after[name] ?? [], before[name] ?? []),
    );
  } finally {
    await world.banger('vm', 'delete', '--force', '--purge', '-l', 'bench=many');
    vmm.close();
  }
}

async function measured(measures: Readonly<Record<string, () => Promise<number>>>): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const [name, measure] of Object.entries(measures)) {
    const values: number[] = [];
    for (let round = 0; round < rounds; round++) values.push(await measure());
    found[name] = values;
  }
  return found;
}

/** From the key to the first VM on the screen, and what the process takes then. */
async function screen({ env }: World): Promise<{ ms: number; bytes: number }> {
  const terminal = await openTerminal(env);
  try {
    await terminal.type(`'${bangerProgram}' tui`);
    const start = performance.now();
    await terminal.press('Enter');
    await terminal.until(/many-0 +stopped/);
    return { ms: performance.now() - start, bytes: residentBytes(pidOfScreen()) ?? Number.NaN };
  } finally {
    await terminal.dispose();
  }
}

function pidOfScreen(): number {
  const isIt = (pid: number) => commandLine(pid)?.slice(-2).join(' ') === `${bangerProgram} tui`;
  return readdirSync('/proc').map(Number).filter(Number.isInteger).find(isIt) ?? 0;
}
