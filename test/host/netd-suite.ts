import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type Attachment, EnsureAttachmentRequest } from '../../gen/banger/netd/v1/network_service.js';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { hostNetwork } from '../e2e/support/host.js';
import { createInternet, type Internet, internetAddress } from '../e2e/support/internet.js';
import { createLab, type Guest, type Lab, netdBundle, plugGuest } from './netd-lab.js';

export interface NetdSuite {
  readonly lab: Lab;
  readonly internet: Internet;
  /** The host's network before the test. */
  readonly untouched: Readonly<Record<string, string>>;
  /** Attaches a VM, whose tap `ownerUid` (root) may open; or as all of a request says. */
  attach(name: string, nat?: boolean | Partial<EnsureAttachmentRequest>, ownerUid?: number): Promise<Attachment>;
  /** Attaches a guest that takes part in the network. */
  attachGuest(
    name: string,
    nat?: boolean,
    rest?: Partial<EnsureAttachmentRequest>,
  ): Promise<Guest & { readonly attachment: Attachment }>;
  /** A folder in which netd looks for its programs first; empty until a test puts one there. */
  readonly tools: string;
  /** Runs after the test, the last given first. */
  onEnd(cleanUp: () => Promise<unknown> | unknown): void;
}

/** A netd process for each test, with an internet behind the host. Every test ends with the network as it found it. */
export function netdSuite(settings: Readonly<Record<string, string>> = {}): NetdSuite {
  let internet: Internet;
  let untouched: Record<string, string>;
  let lab: Lab;
  let tools: Awaited<ReturnType<typeof tempFolder>>;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  beforeAll(async () => {
    internet = await prepareHost();
  });
  afterAll(async () => {
    await internet.dispose();
    await runCommand(['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=1']);
    await netdBundle.remove();
  });
  beforeEach(async () => {
    untouched = await hostNetwork();
    lab = await createLab(settings);
    tools = await tempFolder();
    await lab.start({ path: tools.path });
  });
  afterEach(async () => {
    try {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
      await lab.releaseAll();
    } finally {
      await lab.dispose();
      await tools.remove();
    }
    expect(await hostNetwork()).toEqual(untouched);
  });

  const attach = (name: string, nat: boolean | Partial<EnsureAttachmentRequest> = false, ownerUid = 0) =>
    attachTo(lab, { name, ownerUid, ...(typeof nat === 'boolean' ? { nat } : nat) });
  const onEnd = (cleanUp: () => Promise<unknown> | unknown) => void cleanUps.push(cleanUp);
  return {
    get lab() {
      return lab;
    },
    get internet() {
      return internet;
    },
    get tools() {
      return tools.path;
    },
    get untouched() {
      return untouched;
    },
    attach,
    async attachGuest(name, nat = false, rest = {}) {
      const attachment = await attach(name, { nat, ...rest });
      const guest = await plugGuest(attachment);
      onEnd(guest.unplug);
      return { ...guest, attachment };
    },
    onEnd,
  };
}

async function prepareHost(): Promise<Internet> {
  if ((await runCommand(['ip', 'route'])).stdout !== '') {
    throw new Error('this suite changes routes and firewall rules: run it in a network namespace of its own');
  }
  await netdBundle.build();
  // Without duplicate address detection, addresses of IPv6 are at once what they will be.
  await runCommand(['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0']);
  const internet = await createInternet();
  // The host knows its neighbour from now on.
  await runCommand(['ping', '-n', '-c', '1', '-W', '5', internetAddress]);
  return internet;
}

async function attachTo(
  lab: Lab,
  { name, ...rest }: { name: string } & Partial<EnsureAttachmentRequest>,
): Promise<Attachment> {
  const request = EnsureAttachmentRequest.fromPartial({ vmUid: `uid-${name}`, vmName: name, ...rest });
  const { attachment } = await lab.client.ensureAttachment(request);
  if (attachment === undefined) throw new Error('netd gave no attachment');
  return attachment;
}

/** The host's network without what a tap that is made again cannot keep: its number and the card the kernel invents. */
export async function steadyNetwork(): Promise<Record<string, string[]>> {
  const made = /^\d+: |link\/ether \S+|qlen \d+/g;
  const kept = Object.entries(await hostNetwork()).map(([what, text]) => {
    const lines = text.split('\n').filter((line) => !/fe80:(?!:1[ /])|ff00:/.test(line));
    return [what, lines.map((line) => line.replaceAll(made, '')).sort()] as const;
  });
  return Object.fromEntries(kept);
}
