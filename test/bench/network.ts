import { EnsureAttachmentRequest, NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import { runCommand } from '../../lib/host/command.js';
import { createClient } from '../../lib/rpc/client.js';
import type { World } from '../e2e/support/world.js';
import { alternate, type Row, row, timed } from './measure.js';

/** Attaching a VM through netd, against the `ip` and `nft` calls that no one can do without. */
export async function benchNetwork(world: World): Promise<Row[]> {
  const netd = createClient(NetworkServiceService, 'netd', `${world.runDir}/netd.sock`);
  const vmUid = '00000000000bec40';
  const attach = async () => {
    const request = EnsureAttachmentRequest.fromPartial({ vmUid, vmName: 'bench' });
    const ms = await timed(() => netd.ensureAttachment(request));
    await netd.releaseAttachment({ vmUid });
    return ms;
  };
  try {
    // One attachment stays, so that each round adds to a table that is there.
    await netd.ensureAttachment(EnsureAttachmentRequest.fromPartial({ vmUid: '00000000000bec41', vmName: 'stays' }));
    const { values, baselines } = await alternate(20, attach, bareAttach);
    await netd.releaseAttachment({ vmUid: '00000000000bec41' });
    return [row('attach to the network / ip + nft', 'ms', values, baselines)];
  } finally {
    netd.close();
  }
}

const up = `tuntap add dev bench0 mode tap
addr add 10.99.0.1/32 dev bench0
link set bench0 up
route add 10.99.0.10/32 dev bench0 src 10.99.0.1
neigh replace 10.99.0.10 lladdr 02:00:0a:63:00:0a dev bench0 nud permanent
`;
const rules = JSON.stringify({
  nftables: [
    { add: { table: { family: 'inet', name: 'bench' } } },
    { add: { set: { family: 'inet', table: 'bench', name: 'addresses', type: ['ifname', 'ipv4_addr'] } } },
    {
      add: {
        element: { family: 'inet', table: 'bench', name: 'addresses', elem: [{ concat: ['bench0', '10.99.0.10'] }] },
      },
    },
  ],
});

async function bareAttach(): Promise<number> {
  const ms = await timed(async () => {
    await runCommand(['ip', '-batch', '-'], { stdin: up });
    await runCommand(['nft', '-j', '-f', '-'], { stdin: rules });
  });
  await runCommand(['ip', 'link', 'delete', 'bench0']);
  await runCommand(['nft', 'delete', 'table', 'inet', 'bench']);
  return ms;
}
