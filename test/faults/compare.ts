import type { Stored } from './host-state.js';

/** What is there and was not before, with "+", and what was there before and is not, with "-". */
export function differences(before: readonly string[], now: readonly string[]): string[] {
  const [was, is] = [new Set(before), new Set(now)];
  return [
    ...now.filter((line) => !was.has(line)).map((line) => `+ ${line}`),
    ...before.filter((line) => !is.has(line)).map((line) => `- ${line}`),
  ];
}

/** What the stores of the services say of VMs, and the host shows, and do not agree about. */
export function mismatches(
  { vms, running, attachments, leases, openIntents }: Stored,
  host: readonly string[],
): string[] {
  const uids = (prefix: string) => {
    const found = host
      .filter((line) => line.startsWith(prefix))
      .flatMap((line) => line.match(/\b[0-9a-f]{16}\b/) ?? []);
    return [...new Set(found)].sort();
  };
  const taps = host.filter((line) => /^link bg/.test(line)).length;
  return [
    ...unequal('attachments', vms, attachments),
    ...unequal('leases', vms, leases),
    ...unequal('disks', vms, uids('folder /vmm/vms/')),
    ...unequal('processes of running VMs', running, uids('process ')),
    ...(taps === attachments.length ? [] : [`${taps} taps for ${attachments.length} attachments`]),
    ...openIntents.map((intent) => `an open intent: ${intent}`),
  ];
}

function unequal(what: string, wanted: readonly string[], found: readonly string[]): string[] {
  const lines = differences(wanted, found);
  return lines.map((line) => `${what}: ${line}`);
}
