import { join } from 'node:path';
import { sshArguments } from '../../cli/ssh-session.js';
import {
  type CopyToVmRequest,
  CreateVmRequest,
  ExecCommand,
  type ExecRequest,
  type GetSshAccessResponse,
  VmServiceService,
} from '../../gen/banger/vmm/v1/vm_service.js';
import { runCommand } from '../../lib/host/command.js';
import { packTree } from '../../lib/host/tar-program.js';
import { createClient } from '../../lib/rpc/client.js';
import type { RpcClient } from '../../lib/rpc/contract.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { World } from '../e2e/support/world.js';
import { alternate, type Row, row, timed } from './measure.js';

const name = 'bench-exec';
const bulkBytes = 32 * 1024 * 1024;

/** Commands and copies over a connection that is kept, against ssh(1) and scp(1), which log in each time. */
export async function benchExec(world: World): Promise<Row[]> {
  const vmm = createClient(VmServiceService, 'vmm', join(world.runDir, 'vmm.sock'));
  const scratch = await tempFolder();
  try {
    const spec = { memoryMib: 256, cpuCount: 1 };
    await vmm.createVm(CreateVmRequest.fromPartial({ name, spec, wait: true }), { deadlineMs: 300_000 });
    const access = await vmm.getSshAccess({ name });
    const ssh = (...command: string[]) => timed(() => runCommand(['ssh', ...sshArguments(access, command)]));
    const bulk = ['head', '-c', `${bulkBytes}`, '/dev/zero'];
    const file = join(scratch.path, 'bulk');
    await runCommand(['sh', '-c', `head -c ${bulkBytes} /dev/urandom >${file}`]);
    const scp = () =>
      timed(() => runCommand(['scp', ...scpOptions(access), file, `${access.user}@${access.address}:/srv/bulk`]));
    const round = await alternate(
      10,
      () => timed(() => exec(vmm, ['true'])),
      () => ssh('true'),
    );
    const flow = await alternate(
      3,
      () => timed(() => exec(vmm, bulk)),
      () => ssh(...bulk),
    );
    const copy = await alternate(3, () => timed(() => copyIn(vmm, file)), scp);
    return [
      row('exec of true / ssh', 'ms', round.values, round.baselines),
      row('exec, 32 MiB out / ssh', 'ms', flow.values, flow.baselines),
      row('cp of 32 MiB in / scp', 'ms', copy.values, copy.baselines),
    ];
  } finally {
    await vmm.deleteVm({ name, force: true, wait: true, purge: true });
    vmm.close();
    await scratch.remove();
  }
}

type VmClient = RpcClient<typeof VmServiceService>;

async function exec(vmm: VmClient, command: readonly string[]): Promise<void> {
  async function* requests(): AsyncIterable<ExecRequest> {
    yield { request: { $case: 'command', value: ExecCommand.fromPartial({ name, arguments: [...command] }) } };
  }
  let exitCode: number | undefined;
  for await (const { response } of vmm.exec(requests()))
    if (response?.$case === 'exited') exitCode = response.value.exitCode;
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}`);
}

async function copyIn(vmm: VmClient, file: string): Promise<void> {
  async function* requests(): AsyncIterable<CopyToVmRequest> {
    yield { request: { $case: 'target', value: { name, path: '/srv', baseName: 'bulk', isFolder: false } } };
    for await (const value of packTree(file, false, new AbortController().signal))
      yield { request: { $case: 'archive', value } };
  }
  for await (const { event } of vmm.copyToVm(requests())) if (event?.$case === 'done') return;
  throw new Error('the copy has not come to its end');
}

/** Those of ssh, before its "-p PORT -- TARGET". */
function scpOptions(access: GetSshAccessResponse): string[] {
  return [...sshArguments(access, []).slice(0, -4), '-P', `${access.port}`];
}
