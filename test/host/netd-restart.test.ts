import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EnsureAttachmentRequest } from '../../gen/banger/netd/v1/network_service.js';
import { NetworkPolicy } from '../../gen/banger/network/v1/policy.js';
import { runCommand } from '../../lib/host/command.js';
import { chmod, rename, writeFile } from '../../lib/host/files.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { hostNetwork, ipBatch } from '../e2e/support/host.js';
import { hostAddress } from '../e2e/support/internet.js';
import { createLab, labNetwork } from './netd-lab.js';
import { netdSuite, steadyNetwork } from './netd-suite.js';

/** What stays and what is mended when netd ends, is killed in the middle, or is not the only one. */

const { gateway, tapPrefix } = labNetwork;
const suite = netdSuite();

describe('a restart', () => {
  test.each(['stop', 'kill'] as const)('after a %s keeps every connection', async (how) => {
    const guest = await suite.attachGuest('web', true);
    const flow = await guest.flow(suite.internet.url);
    const right = await hostNetwork();
    await suite.lab[how]();
    await flow.advances();
    await suite.lab.start();
    await flow.advances();
    flow.stop();
    expect(await hostNetwork()).toEqual(right);
    expect((await suite.lab.client.listAttachments({})).attachments).toEqual([guest.attachment]);
  });

  test('puts back what was lost meanwhile, and removes what belongs to nobody', async () => {
    await suite.attach('web', true);
    await suite.attach('db');
    const right = await steadyNetwork();
    const [stray] = JSON.parse((await runCommand(['ip', '-j', 'link', 'show', 'dev', `${tapPrefix}10`])).stdout);
    await suite.lab.stop();
    await runCommand(['nft', 'flush', 'ruleset']);
    await ipBatch([
      ...[`link delete dev ${tapPrefix}10`, `addr delete ${gateway}/32 dev lo`],
      ...[`tuntap add dev ${tapPrefix}77 mode tap`, `link set dev ${tapPrefix}77 alias ${stray.ifalias}`],
    ]);
    await suite.lab.start();
    expect(await steadyNetwork()).toEqual(right);
  });

  test('after a reboot of the host makes everything anew', async () => {
    await suite.attach('web', true);
    await suite.attach('db');
    const right = await steadyNetwork();
    await suite.lab.kill();
    await runCommand(['nft', 'flush', 'ruleset']);
    const taps = [`link delete dev ${tapPrefix}10`, `link delete dev ${tapPrefix}11`];
    await ipBatch([...taps, `addr delete ${gateway}/32 dev lo`]);
    await runCommand(['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
    await suite.lab.start({ prefix: await inAnotherBoot() });
    expect(await steadyNetwork()).toEqual(right);
  });

  test('leaves another banger’s tap alone, even under a name like ours', async () => {
    const tap = `${tapPrefix}78`;
    await ipBatch([`tuntap add dev ${tap} mode tap`, `link set dev ${tap} alias banger:0123456789ab:0:other`]);
    suite.onEnd(() => ipBatch([`link delete dev ${tap}`]));
    await suite.lab.stop();
    await suite.lab.start();
    expect((await runCommand(['ip', 'link', 'show', 'dev', tap])).stdout).toContain('banger:0123456789ab:0:other');
  });

  const published = NetworkPolicy.fromPartial({ publishedPorts: [{ hostPort: 48_091, guestPort: 80 }] });
  /** The verbs, each in a state in which it has something to do. */
  const verbs: Record<string, () => Promise<unknown>> = {
    attach: () => suite.attach('new', true),
    release: () => suite.lab.client.releaseAttachment({ vmUid: 'uid-old' }),
    'NAT on': () => suite.lab.client.setNat({ vmUid: 'uid-old', nat: true }),
    publish: () => suite.lab.client.setPolicy({ vmUid: 'uid-old', policy: published }),
    'put a rule': () => suite.lab.client.putNatRule({ ipv4Address: '172.31.7.2', tap: 'lo' }),
  };
  const moments = ['ip before', 'ip after', 'nft before', 'nft after'] as const;
  const cases = Object.keys(verbs).flatMap((verb) => moments.map((moment) => [verb, moment] as const));

  test.each(cases)('after a kill in the middle of "%s", %s its work, is consistent', async (verb, moment) => {
    await suite.attach('old');
    await putDeadlyTool(suite.tools, moment);
    const outcome = await verbs[verb]?.().then(
      () => 'done',
      () => 'cut off',
    );
    // Turning NAT on runs no `ip`: then nothing is deadly, and the verb is done.
    if (outcome === 'cut off') await suite.lab.ended();
    else await suite.lab.stop();
    await suite.lab.start();
    const { attachments } = await suite.lab.client.listAttachments({});
    const taps = JSON.parse((await runCommand(['ip', '-j', 'link', 'show', 'type', 'tun'])).stdout || '[]');
    expect(taps.map((tap: { ifname: string }) => tap.ifname).sort()).toEqual(attachments.map(({ tap }) => tap).sort());
    const rules = (await runCommand(['nft', 'list', 'ruleset'])).stdout;
    for (const { tap, ipv4Address, nat, policy } of attachments) {
      expect(rules.includes(`"${tap}" . ${ipv4Address} }`) || rules.includes(`"${tap}" . ${ipv4Address},`)).toBe(nat);
      expect(rules.includes(`tcp . 48091 : ${ipv4Address}`)).toBe((policy?.publishedPorts.length ?? 0) > 0);
    }
    await verbs[verb]?.();
    await suite.lab.client.deleteNatRule({ ipv4Address: '172.31.7.2', tap: 'lo' });
  });
});

/** What goes before a program that is to take this for another boot of the host. */
async function inAnotherBoot(): Promise<string[]> {
  const folder = await tempFolder();
  suite.onEnd(folder.remove);
  const id = join(folder.path, 'boot_id');
  await writeFile(id, '00000000-0000-4000-8000-000000000000\n');
  const script = 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', id];
}

/** A tool that kills the netd that runs it, just before or just after it has done a change. */
async function putDeadlyTool(folder: string, moment: string): Promise<void> {
  const [tool = '', when] = moment.split(' ');
  const real = (await runCommand(['which', tool])).stdout.trim();
  const change = tool === 'ip' ? '-batch' : '-f';
  const deadly = when === 'before' ? 'kill -9 $PPID' : `${real} "$@"; kill -9 $PPID`;
  const script = ['#!/bin/sh', `case " $* " in *" ${change} "*) ${deadly}; exit ;; esac`, `exec ${real} "$@"`];
  // netd may look for it at any moment: it finds all of it, or nothing.
  const fresh = join(folder, `${tool}.new`);
  await writeFile(fresh, `${script.join('\n')}\n`);
  await chmod(fresh, 0o755);
  await rename(fresh, join(folder, tool));
}

describe('another', () => {
  test('netd with names of its own lives beside this one', async () => {
    const second = await createLab({
      BANGER_NETD_IPV4_POOL: '10.98.0.0/24',
      BANGER_NETD_TAP_PREFIX: 'oth',
      BANGER_NETD_NFT_TABLE: 'netd_other',
    });
    suite.onEnd(second.dispose);
    await second.start();
    const guest = await suite.attachGuest('web', true);
    const one = await hostNetwork();
    await second.client.ensureAttachment(EnsureAttachmentRequest.fromPartial({ vmUid: 'uid-web', vmName: 'web' }));
    expect(await guest.fetch(suite.internet.url)).toBe(`you are ${hostAddress}`);
    await second.client.releaseAttachment({ vmUid: 'uid-web' });
    await second.stop();
    await second.start();
    expect(await hostNetwork()).toEqual(one);
  });

  test('netd with the same names is refused, and disturbs nothing', async () => {
    const second = await createLab();
    suite.onEnd(second.dispose);
    await suite.attach('web');
    const right = await hostNetwork();
    await second.start();
    const refused = second.client.ensureAttachment(
      EnsureAttachmentRequest.fromPartial({ vmUid: 'uid-db', vmName: 'db' }),
    );
    await expect(refused).rejects.toMatchObject({ kind: 'wrong-state', reason: expect.stringContaining('TAKEN') });
    expect(await hostNetwork()).toEqual(right);
  });
});
