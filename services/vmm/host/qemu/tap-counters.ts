import { readFile, readTextIfExists, writeFileAtomic } from '../../../../lib/host/files.js';
import type { NetworkStats } from '../../domain/stats.js';

/**
 * What went over a VM's tap, as the guest sees it: what the host receives, the guest has sent. A tap stays while its VM
 * stops and starts, so that what it counted before a launch is written down, to be subtracted.
 */
export async function tapCounters(pid: number | 'self', tap: string): Promise<NetworkStats> {
  // The process's own view: /sys shows the network namespace in which it was mounted, which may be another one.
  return parseCounters(await readFile(`/proc/${pid}/net/dev`, 'utf8'), tap);
}

/** /proc/net/dev, proc(5): eight figures of what was received, then eight of what was sent. All 0 without the tap. */
export function parseCounters(text: string, tap: string): NetworkStats {
  const line = text.split('\n').find((each) => each.trim().startsWith(`${tap}:`)) ?? '';
  const figures = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  const [hostReceivedBytes = 0, hostReceivedPackets = 0, hostSentBytes = 0, hostSentPackets = 0] = [0, 1, 8, 9].map(
    (index) => figures[index],
  );
  return {
    receivedBytes: hostSentBytes,
    sentBytes: hostReceivedBytes,
    receivedPackets: hostSentPackets,
    sentPackets: hostReceivedPackets,
  };
}

/** Writes down what the tap has counted so far. */
export async function rememberCounters(path: string, tap: string): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(await tapCounters('self', tap)));
}

/** What went over the tap since it was written down; since the tap was made when it was not. */
export async function countersSince(path: string, pid: number, tap: string): Promise<NetworkStats> {
  const [now, text] = await Promise.all([tapCounters(pid, tap), readTextIfExists(path)]);
  const before = JSON.parse(text ?? '{}') as Partial<NetworkStats>;
  // A tap that was made anew counts from 0.
  const since = (key: keyof NetworkStats) =>
    now[key] >= (before[key] ?? 0) ? now[key] - (before[key] ?? 0) : now[key];
  return {
    receivedBytes: since('receivedBytes'),
    sentBytes: since('sentBytes'),
    receivedPackets: since('receivedPackets'),
    sentPackets: since('sentPackets'),
  };
}
