import { join } from 'node:path';
import { CreateVmRequest, VmServiceService } from '../../gen/banger/vmm/v1/vm_service.js';
import { runCommand } from '../../lib/host/command.js';
import { createClient } from '../../lib/rpc/client.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { World } from '../e2e/support/world.js';
import { alternate, type Row, row, timed } from './measure.js';

const diskMib = 8192;

/** What a VM's own disk costs in time and space, against making a file system of that size and nothing else. */
export async function benchDisk(world: World): Promise<Row[]> {
  const vmm = createClient(VmServiceService, 'vmm', join(world.runDir, 'vmm.sock'));
  const scratch = await tempFolder();
  const bare = join(scratch.path, 'bare.ext4');
  const sizes: number[] = [];
  const create = async () => {
    const name = 'bench-disk';
    const request = CreateVmRequest.fromPartial({ name, spec: { diskMib }, noStart: true, wait: true });
    let uid = '';
    const ms = await timed(async () => {
      uid = (await vmm.createVm(request)).vm?.uid ?? '';
    });
    sizes.push(await diskUsage(join(world.stateDir, 'vmm/vms', uid)));
    await vmm.deleteVm({ name, force: true, wait: true, purge: true });
    return ms;
  };
  try {
    const { values, baselines } = await alternate(10, create, () => timed(() => makeFileSystem(bare)));
    const bytes = await diskUsage(bare);
    return [
      row('create without start / mke2fs', 'ms', values, baselines),
      row('disk usage per VM / mke2fs', 'bytes', sizes, [bytes]),
    ];
  } finally {
    vmm.close();
    await scratch.remove();
  }
}

async function makeFileSystem(path: string): Promise<void> {
  await runCommand(['truncate', '-s', '0', path]);
  await runCommand(['truncate', '-s', `${diskMib}M`, path]);
  const options = ['-m', '0', '-E', 'lazy_itable_init=1,lazy_journal_init=1', '-J', 'size=16'];
  await runCommand(['mke2fs', '-q', '-F', '-t', 'ext4', ...options, path]);
}

async function diskUsage(path: string): Promise<number> {
  return Number((await runCommand(['du', '-s', '-B1', path])).stdout.split('\t')[0]);
}
