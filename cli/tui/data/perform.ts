import { BangerError, toBangerError } from '../../../lib/errors.js';
import { describe } from '../../build-progress.js';
import type { Context } from '../../context.js';
import { span } from '../../render/format.js';
import { remainLines } from '../../views/trash.js';
import type { Tone } from '../model.js';
import type { Effect } from '../state/events.js';
import { createVm } from './create.js';
import type { Send } from './follow.js';

/** What does something in the world, once. The VMs' own way is told by the watch: a verb waits for nothing. */

/** What is done here; the rest is the terminal's. */
export type Deed = Exclude<Effect, { do: 'quit' | 'console' | 'shell' }>;

/** A deletion waits for the guest, and a restart of a service for the service. */
const longDeadlineMs = 180_000;

/** Never rejects: a failure is told. */
export async function perform(ctx: Context, deed: Deed, send: Send): Promise<void> {
  try {
    await done(ctx, deed, send);
  } catch (error) {
    if (!ctx.signal.aborted) say(send, failureText(error), 'bad');
  }
}

export function say(send: Send, text: string, tone: Tone): void {
  send({ kind: 'notice', notice: { text, tone } });
}

function failureText(error: unknown): string {
  const { message, fields } = toBangerError(error);
  return fields.length > 0 ? `${message}: ${fields.map(({ description }) => description).join('; ')}` : message;
}

async function done(ctx: Context, deed: Deed, send: Send): Promise<void> {
  switch (deed.do) {
    case 'delete':
      return deleteVm(ctx, deed.vm, deed.force, send);
    case 'create':
      return createVm(ctx, deed.draft, send);
    case 'build':
      return build(ctx, deed.recipe, send);
    case 'restart-service':
      return restartService(ctx, deed.service, send);
    default:
      return move(ctx, deed.do, deed.vm);
  }
}

async function move(ctx: Context, verb: 'start' | 'stop' | 'restart' | 'pause' | 'resume', name: string) {
  const vmm = await ctx.clients.vmm();
  const request = { name, wait: false };
  const options = { signal: ctx.signal };
  const calls = {
    start: () => vmm.startVm(request, options),
    stop: () => vmm.stopVm({ ...request, graceSeconds: 0 }, options),
    restart: () => vmm.restartVm({ ...request, graceSeconds: 0 }, options),
    pause: () => vmm.pauseVm(request, options),
    resume: () => vmm.resumeVm(request, options),
  };
  await calls[verb]();
}

/** Waits, for only then it is known how long the trash keeps it. */
async function deleteVm(ctx: Context, name: string, force: boolean, send: Send): Promise<void> {
  const vmm = await ctx.clients.vmm();
  const request = { name, force, wait: true, purge: false };
  const { keptUntil, remains } = await vmm.deleteVm(request, { signal: ctx.signal, deadlineMs: longDeadlineMs });
  const kept =
    keptUntil === undefined
      ? ''
      : `; \`banger vm restore ${name}\` brings it back, for ${span((keptUntil.getTime() - Date.now()) / 1000)}`;
  say(send, [`${name} is deleted${kept}`, ...remainLines(remains)].join('; '), remains.length > 0 ? 'bad' : 'good');
}

async function build(ctx: Context, recipe: string, send: Send): Promise<void> {
  const imaged = await ctx.clients.imaged();
  send({ kind: 'build', recipe, progress: 'starting' });
  try {
    let name = recipe;
    for await (const { event } of imaged.buildImage({ recipe, rebuild: false }, { signal: ctx.signal })) {
      if (event?.$case === 'progress') send({ kind: 'build', recipe, progress: describe(event.value) });
      if (event?.$case === 'image') name = event.value.name;
    }
    say(send, `image ${name} is ready`, 'good');
  } finally {
    send({ kind: 'build', recipe, progress: undefined });
  }
}

async function restartService(ctx: Context, name: string, send: Send): Promise<void> {
  const supervisor = await ctx.clients.supervisor();
  const { service } = await supervisor.restartService({ name }, { signal: ctx.signal, deadlineMs: longDeadlineMs });
  if (service === undefined) throw new BangerError('internal', 'INTERNAL', `the supervisor says nothing of ${name}`);
  say(send, `${name} is healthy, pid ${service.pid}`, 'good');
}
