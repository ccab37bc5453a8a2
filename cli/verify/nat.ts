import { UpdateVmRequest } from '../../gen/banger/vmm/v1/vm_service.js';
import { isBangerError } from '../../lib/errors.js';
import { findDefaultRoute } from '../../lib/host/default-route.js';
import { pathExists } from '../../lib/host/files.js';
import type { Context } from '../context.js';
import { fails, holds, type Proofs, type Seen } from './proof.js';
import { parseReach, type Reach, reachLine, type Target } from './reach.js';
import type { TrialVm } from './trial-vm.js';

/** Where the traffic of guests is to come through to, and by which of the host's interfaces. */
interface Beyond {
  readonly target: Target;
  readonly link: string;
}

const seeFirewall = 'look at `banger doctor --only nat` and at what other firewalls this host has';

/** NAT off, on and off again: what netd has, and what comes through. `wanted` is a target other than the next router. */
export async function proveNat(ctx: Context, proofs: Proofs, vm: TrialVm, wanted: Target | undefined) {
  const beyond = await findBeyond(wanted);
  await proofs.prove('shut in without NAT', () => provesShutIn(vm, beyond));
  await proofs.prove('rules in', () => switchNat(ctx, vm, true));
  await proofs.prove('out through the uplink', () => provesOut(vm, beyond));
  await proofs.prove('rules out', () => switchNat(ctx, vm, false));
  await proofs.prove('shut in again', () => provesShutIn(vm, beyond));
}

/** After the VM is gone: nothing of it stands on the host. */
export async function proveNetworkGone(ctx: Context, proofs: Proofs, { uid, tap }: TrialVm) {
  await proofs.prove('address and tap out', async () => {
    const netd = await ctx.clients.netd();
    const left = await netd.getAttachment({ vmUid: uid }, { signal: ctx.signal }).catch((error) => {
      if (isBangerError(error, 'ATTACHMENT_NOT_FOUND')) return undefined;
      throw error;
    });
    if (left !== undefined) return fails(`netd still has ${left.attachment?.ipv4Address}`, restartNetd);
    if (await pathExists(`/sys/class/net/${tap}`)) return fails(`${tap} is still there`, restartNetd);
    return holds(`netd has given the address back, and ${tap} is gone`);
  });
}

const restartNetd = 'run `banger service restart netd`, which clears up, and look at its log';

async function findBeyond(wanted: Target | undefined): Promise<Beyond | undefined> {
  const route = await findDefaultRoute();
  const target = wanted ?? (route?.gateway === undefined ? undefined : { host: route.gateway, port: undefined });
  return target && { target, link: route?.link ?? 'a route of its own' };
}

async function switchNat(ctx: Context, { name, uid }: TrialVm, nat: boolean): Promise<Seen> {
  const [vmm, netd] = [await ctx.clients.vmm(), await ctx.clients.netd()];
  await vmm.updateVm(UpdateVmRequest.fromPartial({ name, nat }), { signal: ctx.signal });
  const { attachment } = await netd.getAttachment({ vmUid: uid }, { signal: ctx.signal });
  const { nftTable } = await netd.getNetwork({}, { signal: ctx.signal });
  const word = nat ? 'on' : 'off';
  if (attachment?.nat !== nat) return fails(`netd does not have NAT ${word}`, 'look at `banger service logs netd`');
  return holds(`NAT is ${word} for ${attachment.ipv4Address} behind ${attachment.tap}, in table inet ${nftTable}`);
}

async function provesShutIn(vm: TrialVm, beyond: Beyond | undefined): Promise<Seen> {
  if (beyond === undefined) return noTarget;
  const reach = await tryToReach(vm, beyond.target);
  if (reach.kind === 'unknown') return noProgram;
  if (reach.kind === 'out of reach') return holds(`${name(beyond.target)} is out of reach: ${reach.why}`);
  return fails(`${name(beyond.target)} answers by ${reach.by} though NAT is off`, seeFirewall);
}

async function provesOut(vm: TrialVm, beyond: Beyond | undefined): Promise<Seen> {
  if (beyond === undefined) return noTarget;
  const reach = await tryToReach(vm, beyond.target);
  if (reach.kind === 'unknown') return noProgram;
  if (reach.kind === 'reached') return holds(`${name(beyond.target)} answers by ${reach.by}, by way of ${beyond.link}`);
  const remedy = `${seeFirewall}; if it answers nobody, name another with --target`;
  return fails(`${name(beyond.target)} is out of reach: ${reach.why}`, remedy);
}

async function tryToReach(vm: TrialVm, target: Target): Promise<Reach> {
  return parseReach((await vm.run(reachLine(target))).output);
}

function name({ host, port }: Target): string {
  return port === undefined ? host : `${host}:${port}`;
}

const noTarget: Seen = {
  severity: 'warning',
  seen: 'not tried: this host has no default route with a router',
  remedy: 'name something that answers with --target',
};
const noProgram: Seen = {
  severity: 'warning',
  seen: 'not tried: the image has neither ping nor bash',
  remedy: 'take another with --image',
};
