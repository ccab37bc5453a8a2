import { unlessAborted } from '../../../lib/clock.js';
import { invalidRequest } from '../../../lib/errors.js';
import { buildSpec, type Customization, customizationViolations, inputDigest } from '../domain/customization.js';
import { scriptFailed } from '../domain/errors.js';
import { withDefaults } from '../domain/spec.js';
import { commitVm, type ImageEvent } from './commit-vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { loginOf } from './login.js';
import { Queue } from './queue.js';
import { stopVm } from './stop-vm.js';
import type { TieContext } from './ties.js';
import { requireVm, type VerbContext } from './verbs.js';

/** What somebody hears who has an image customized: what its script prints, or the VM to do the work in by hand. */
export type CustomizeEvent = ImageEvent | { readonly line: string } | { readonly vm: string };

/** What an error shows of what a script said. */
const shownLines = 10;

/**
 * Makes an image of another: starts a VM of that one, has the script run in it, or waits until `saved` resolves, and
 * keeps what was changed. The VM goes whatever happens. Without a word to save nothing is kept, and no image comes.
 */
export async function* customizeImage(
  context: TieContext,
  customization: Customization,
  saved: () => Promise<boolean>,
  signal: AbortSignal,
): AsyncIterable<CustomizeEvent> {
  const { world } = context;
  const { image, script, rebuild } = customization;
  const what = `build image ${image || '(no name)'}`;
  const violations = customizationViolations(customization);
  if (violations.length > 0) throw invalidRequest(what, violations);
  const spec = withDefaults(buildSpec(customization.spec));
  const inputs = script ? inputDigest(await world.images.digestOf(spec.image, signal), script, spec.nat) : '';
  const known = script && !rebuild ? await world.images.findMade(image, inputs, signal) : undefined;
  if (known) return yield { image: known };
  const vm = `build-${world.host.newUid().slice(-8)}`;
  try {
    yield { step: `start a vm of ${spec.image}` };
    const request = { name: vm, spec, violations: [], requestId: '', start: true, validateOnly: false };
    await createVm(context, { ...request, temporary: true, wait: true, signal });
    if (script) yield* runScript(context, { vm, image, script }, signal);
    else {
      yield { vm };
      if (!(await unlessAborted(saved(), signal))) return;
    }
    yield { step: 'stop the vm' };
    await stopVm(context, vm, { graceSeconds: 0, wait: true, signal });
    const source = script ? `a script on ${spec.image}` : `work on ${spec.image}`;
    yield* commitVm(context, { name: vm, image, source, inputDigest: inputs }, signal);
  } finally {
    await removeBuildVm(context, vm, signal);
  }
}

async function* runScript(
  { world }: VerbContext,
  { vm, image, script }: { readonly vm: string; readonly image: string; readonly script: Uint8Array },
  signal: AbortSignal,
): AsyncIterable<CustomizeEvent> {
  yield { step: 'run the script' };
  const login = loginOf(requireVm(world, vm));
  if (login === undefined) throw new Error(`vm ${vm} runs and has no address`);
  const lines = new Queue<string>();
  const said: string[] = [];
  const onLine = (line: string) => {
    lines.push(line);
    said.push(line);
    if (said.length > shownLines) said.shift();
  };
  const running = world.guests.runScript({ ...login, user: 'root' }, { text: script, onLine }, signal);
  for await (const line of lines.during(running)) yield { line };
  const exitCode = await running;
  if (exitCode !== 0) throw scriptFailed(image, exitCode, said.join(' | '));
}

/** Nobody waits for it when the caller has gone; a service that ends does it when it starts again. */
async function removeBuildVm(context: VerbContext, vm: string, signal: AbortSignal): Promise<void> {
  if (context.world.store.findByName(vm) === undefined) return;
  await deleteVm(context, vm, { force: true, wait: !signal.aborted, signal });
}
