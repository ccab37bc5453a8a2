import { describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { createLinks } from '../../services/netd/host/links.js';
import { ipBatch } from '../e2e/support/host.js';
import { labNetwork } from './netd-lab.js';
import { netdSuite, steadyNetwork } from './netd-suite.js';

/** What somebody else does to the network while netd runs, on a real kernel. */

const { gateway, tapPrefix } = labNetwork;
const suite = netdSuite();
const tap = `${tapPrefix}10`;

test('what netd has made is seen to stand, so that there is nothing to mend', async () => {
  const attachment = await suite.attach('calm', true);
  const { lines } = await createLinks(runCommand).standing();
  const ofTap = [...lines].filter((line) => ` ${line} `.includes(` dev ${attachment.tap} `));
  const made = [/^link set .* alias banger:.*:calm up$/, /^address replace/, /^route replace/, /^neighbour replace/];
  for (const line of made) expect(ofTap).toContainEqual(expect.stringMatching(line));
});

describe('what somebody else changes', () => {
  test('is put right within moments, whatever it is, and told', async () => {
    await suite.attach('web', true);
    const right = await steadyNetwork();
    const changes = [
      () => runCommand(['nft', 'flush', 'ruleset']),
      () => runCommand(['nft', 'delete', 'element', 'inet', labNetwork.table, 'taps', `{ "${tap}" }`]),
      () => ipBatch([`route delete 10.99.0.10/32 dev ${tap}`]),
      () => ipBatch([`neighbour delete 10.99.0.10 dev ${tap}`]),
      () => ipBatch([`address delete ${gateway}/32 dev lo`]),
      () => ipBatch([`link delete dev ${tap}`]),
      () => runCommand(['sysctl', '-qw', 'net.ipv4.ip_forward=0']),
    ];
    for (const [done, change] of changes.entries()) {
      await change();
      const mended = async () => {
        const { repairCount } = await suite.lab.client.getNetwork({});
        return repairCount > done && JSON.stringify(await steadyNetwork()) === JSON.stringify(right);
      };
      await pollUntil(mended, { what: `change ${done} is put right`, timeoutMs: 30_000 });
    }
    expect((await suite.lab.client.getNetwork({})).repairs.at(-1)?.what).toBe('IPv4 forwarding');
  });
});

test('netd that is killed leaves no program behind that listens for changes', async () => {
  const own = ['--ns', `${process.pid}`, '--nslist', 'net'];
  const listeners = async () => {
    const { stdout } = await runCommand(['pgrep', ...own, '-f', '^(nft|ip) monitor'], { okExitCodes: [0, 1] });
    return stdout.trim().split('\n').filter(Boolean).length;
  };
  await pollUntil(async () => (await listeners()) === 2, { what: 'netd listens', timeoutMs: 30_000 });
  await suite.lab.kill();
  await pollUntil(async () => (await listeners()) === 0, { what: 'nobody listens', timeoutMs: 30_000 });
  await suite.lab.start();
});
