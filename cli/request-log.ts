import { serviceNames } from '../lib/paths.js';
import type { Context } from './context.js';

/** The lines that services have written for a request, whose id may be cut short, by time. */
export async function linesOfRequest(ctx: Context, requestId: string, service?: string): Promise<string[]> {
  const services = service === undefined ? serviceNames : [service];
  const lines = await Promise.all(services.map((name) => linesOf(ctx, name, requestId)));
  return lines
    .flat()
    .sort((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)))
    .map(({ line }) => line);
}

async function linesOf(ctx: Context, name: string, requestId: string): Promise<{ time: string; line: string }[]> {
  const supervisor = await ctx.clients.supervisor();
  const pieces: Buffer[] = [];
  for await (const { data } of supervisor.streamServiceLog(
    { name, tailLines: 0, follow: false },
    { signal: ctx.signal },
  )) {
    pieces.push(data);
  }
  const lines = Buffer.concat(pieces).toString('utf8').split('\n');
  return lines.flatMap((line) => {
    const entry = parse(line);
    return entry?.requestId?.startsWith(requestId) ? [{ time: entry.time ?? '', line }] : [];
  });
}

function parse(line: string): { readonly time?: string; readonly requestId?: string } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    // A line that a crash has cut short.
    return undefined;
  }
}
