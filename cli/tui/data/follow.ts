import { delay } from '../../../lib/clock.js';
import { toBangerError } from '../../../lib/errors.js';
import type { Context } from '../../context.js';
import type { Event, Topic } from '../state/events.js';
import { imageRow, serviceRow, vmRow } from './rows.js';
import { sectionsOf } from './sections.js';

/** What is followed while a state lasts. Each follower goes on until its signal aborts, whatever becomes of the service. */

export type Send = (event: Event) => void;

/** A service that restarts is back in a moment. */
const reconnectMs = 300;
/** Neither imaged nor the supervisor has a watch: their lists are looked at again while somebody looks at them. */
const lookMs = 1_000;
/** Of a log that is opened: what is shown first. */
const tailBytes = 262_144;

export async function follow(ctx: Context, topic: Topic, send: Send, signal: AbortSignal): Promise<void> {
  switch (topic.topic) {
    case 'vms':
      return persist('vms', reconnectMs, send, signal, () => watchVms(ctx, send, signal));
    case 'images':
      return persist('images', lookMs, send, signal, () => lookAtImages(ctx, send, signal));
    case 'services':
      return persist('services', lookMs, send, signal, () => lookAtServices(ctx, send, signal));
    case 'log':
      return persist('log', reconnectMs, send, signal, () => readLog(ctx, topic.vm, send, signal));
    case 'explain':
      return explain(ctx, topic.vm, send, signal);
  }
}

/** Does it again when it has failed, and tells so; when it has ended well, after `everyMs`. */
async function persist(
  list: Extract<Event, { kind: 'lost' }>['list'],
  everyMs: number,
  send: Send,
  signal: AbortSignal,
  once: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const failed = await once().then(
      () => undefined,
      (error: unknown) => toBangerError(error).message,
    );
    if (signal.aborted) return;
    if (failed !== undefined) send({ kind: 'lost', list, why: failed });
    await delay(failed === undefined ? everyMs : reconnectMs, signal).catch(() => undefined);
  }
}

async function watchVms(ctx: Context, send: Send, signal: AbortSignal): Promise<void> {
  const vmm = await ctx.clients.vmm();
  // The snapshot comes in pieces, and is one event: 1,000 VMs are drawn once.
  let snapshot: Map<string, ReturnType<typeof vmRow>> | undefined = new Map();
  for await (const { event } of vmm.watchVms({ name: '', selector: '' }, { signal })) {
    if (event?.$case === 'synced') {
      send({ kind: 'vms', rows: [...(snapshot?.values() ?? [])] });
      snapshot = undefined;
    } else if (event?.$case === 'upserted') {
      const row = vmRow(event.value);
      if (snapshot) snapshot.set(row.name, row);
      else send({ kind: 'vm', row });
    } else if (event?.$case === 'deleted') {
      if (snapshot) snapshot.delete(event.value.name);
      else send({ kind: 'vm-gone', name: event.value.name });
    }
  }
}

async function lookAtImages(ctx: Context, send: Send, signal: AbortSignal): Promise<void> {
  const imaged = await ctx.clients.imaged();
  const { images } = await imaged.listImages({}, { signal });
  send({ kind: 'images', rows: images.map(imageRow) });
}

async function lookAtServices(ctx: Context, send: Send, signal: AbortSignal): Promise<void> {
  const supervisor = await ctx.clients.supervisor();
  const { services } = await supervisor.getStatus({}, { signal });
  send({ kind: 'services', rows: services.map(serviceRow) });
}

async function readLog(ctx: Context, vm: string, send: Send, signal: AbortSignal): Promise<void> {
  const vmm = await ctx.clients.vmm();
  const decoder = new TextDecoder();
  // What was seen stays until the first piece is there.
  let fresh = true;
  for await (const { data } of vmm.streamConsoleLog(
    { name: vm, tailBytes, follow: true, since: undefined },
    { signal },
  )) {
    send({ kind: 'log', vm, text: decoder.decode(data, { stream: true }), fresh });
    fresh = false;
  }
}

async function explain(ctx: Context, vm: string, send: Send, signal: AbortSignal): Promise<void> {
  try {
    const vmm = await ctx.clients.vmm();
    send({ kind: 'explained', vm, sections: sectionsOf(await vmm.explainVm({ name: vm }, { signal })) });
  } catch (error) {
    const text = toBangerError(error).message;
    if (!signal.aborted) send({ kind: 'notice', notice: { text, tone: 'bad' } });
  }
}
