import { EnsureAttachmentRequest, NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import { residentBytes } from '../../lib/host/process.js';
import { createClient } from '../../lib/rpc/client.js';
import type { World } from '../e2e/support/world.js';
import { type Row, row, timed } from './measure.js';

/** As many taps as are made for real, without guests. */
const count = 1_000;
/** How many at either end are compared. */
const sample = 50;
const restarts = 3;

/** What the 1,000th VM costs netd, against the first. */
export async function benchScale(world: World): Promise<Row[]> {
  const netd = createClient(NetworkServiceService, 'netd', `${world.runDir}/netd.sock`, { waitForReady: true });
  const attach = (i: number) => {
    const request = { vmUid: `scale-${i}`, vmName: `scale-${i}`, nat: i % 2 === 0 };
    return timed(() => netd.ensureAttachment(EnsureAttachmentRequest.fromPartial(request)));
  };
  const restart = () => timed(() => world.banger('service', 'restart', 'netd'));
  try {
    const restartsBefore = await series(restarts, restart);
    await attach(0);
    const memoryBefore = await memoryOfNetd(world);
    const times: number[] = [];
    for (let i = 1; i < count; i++) times.push(await attach(i));
    const memory = await memoryOfNetd(world);
    const restartsAfter = await series(restarts, restart);
    return [
      row('attach the 1,000th VM / the 1st', 'ms', times.slice(-sample), times.slice(0, sample)),
      row('memory of netd, 1,000 VMs / 1 VM', 'bytes', [memory], [memoryBefore]),
      row('restart of netd, 1,000 VMs / none', 'ms', restartsAfter, restartsBefore),
    ];
  } finally {
    for (let i = 0; i < count; i++) await netd.releaseAttachment({ vmUid: `scale-${i}` });
    netd.close();
  }
}

async function series(length: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < length; i++) values.push(await measure());
  return values;
}

async function memoryOfNetd(world: World): Promise<number> {
  const status = await world.json<{ services: { name: string; pid: number }[] }>('daemon', 'status');
  const netd = status.services.find(({ name }) => name === 'netd');
  return residentBytes(netd?.pid ?? 0) ?? Number.NaN;
}
