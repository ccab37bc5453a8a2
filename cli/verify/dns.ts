import { lookup, Resolver } from 'node:dns/promises';
import { ListenerRole } from '../../gen/banger/dnsd/v1/dns_service.js';
import { pollUntil } from '../../lib/clock.js';
import type { Context } from '../context.js';
import { fails, holds, type Proofs, type Seen } from './proof.js';
import type { TrialVm } from './trial-vm.js';

/** dnsd follows vmm within moments. */
const followTimeoutMs = 10_000;
const askTimeoutMs = 2_000;
const seeStatus = 'look at `banger dns status`';

/** Both ways, from the host and from the guest: the name gives the address, the address the name. */
export async function proveNames(ctx: Context, proofs: Proofs, vm: TrialVm): Promise<void> {
  const host = hostName(vm);
  await proofs.prove('name, from the host', async () => {
    const { resolver, server } = await openResolver(ctx);
    const found = await settled(
      ctx,
      () => resolver.resolve4(host),
      (addresses) => addresses.includes(vm.address),
    );
    return found
      ? holds(`${host} is ${vm.address}, says ${server}`)
      : fails(`${server} does not know ${host}`, seeStatus);
  });
  await proofs.prove('address, from the host', async () => {
    const { resolver, server } = await openResolver(ctx);
    const found = await settled(
      ctx,
      () => resolver.reverse(vm.address),
      (names) => names.includes(host),
    );
    return found ? holds(`${vm.address} is ${host}, says ${server}`) : fails(`${server} has no name for it`, seeStatus);
  });
  await proofs.prove('name, by this host’s programs', () => provesWired(vm));
  // Its own name stands in its /etc/hosts; one below it is DNS's alone to know.
  const below = `verify.${host}`;
  await proofs.prove('name, from the guest', () => provesFromGuest(vm, below, below));
  await proofs.prove('address, from the guest', () => provesFromGuest(vm, vm.address, host));
}

/** After the VM is gone. */
export async function proveNameGone(ctx: Context, proofs: Proofs, vm: TrialVm): Promise<void> {
  await proofs.prove('name out', async () => {
    const { resolver, server } = await openResolver(ctx);
    const code = () =>
      resolver.resolve4(hostName(vm)).then(
        () => 'an address',
        (error) => `${error.code}`,
      );
    const gone = await settled(ctx, code, (answer) => answer === 'ENOTFOUND');
    return gone
      ? holds(`${server} says that there is no ${hostName(vm)}`)
      : fails('its name is still there', seeStatus);
  });
}

const hostName = ({ name }: TrialVm) => `${name}.vm`;

async function openResolver(ctx: Context): Promise<{ resolver: Resolver; server: string }> {
  const dnsd = await ctx.clients.dnsd();
  const { listeners } = await dnsd.getDnsStatus({}, { signal: ctx.signal });
  const listener = listeners.find(({ role }) => role === ListenerRole.HOST);
  if (!listener?.listening) throw new Error(`dnsd does not listen for this host: ${listener?.error ?? 'not told why'}`);
  const server = `${listener.address}:${listener.port}`;
  const resolver = new Resolver({ timeout: askTimeoutMs, tries: 2 });
  resolver.setServers([server]);
  return { resolver, server };
}

/** Asks until the answer is right; false when it never is. */
async function settled<T>(ctx: Context, ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<boolean> {
  const right = () => ask().then(isRight, () => false);
  return pollUntil(right, { what: 'the answer is right', timeoutMs: followTimeoutMs, signal: ctx.signal }).then(
    () => true,
    () => false,
  );
}

/** Whatever this host has been told to ask: /etc/nsswitch.conf, and what stands behind it. */
async function provesWired(vm: TrialVm): Promise<Seen> {
  const found = await lookup(hostName(vm), { family: 4 }).catch(() => undefined);
  if (found?.address === vm.address) return holds(`${hostName(vm)} is ${vm.address} for every program`);
  const seen =
    found === undefined ? `they do not find ${hostName(vm)}` : `${hostName(vm)} is ${found.address} for them`;
  return { severity: 'warning', seen, remedy: 'wire `.vm` into this host with `banger dns install`' };
}

async function provesFromGuest(vm: TrialVm, asked: string, name: string): Promise<Seen> {
  // A name leads to addresses of both protocols, and `hosts` would tell those of IPv6 alone.
  const question = `getent ${asked === vm.address ? 'hosts' : 'ahostsv4'} ${asked}`;
  const { output, exitCode } = await vm.run(question);
  if (exitCode === 127)
    return { severity: 'warning', seen: 'not tried: the image has no getent', remedy: 'take another with --image' };
  const words = output.split(/\s+/);
  if (words[0] === vm.address && words.includes(name)) return holds(`getent says: ${words.join(' ')}`);
  return fails(`${question} says: ${output || 'nothing'}`, `${seeStatus}, and at /etc/resolv.conf in the guest`);
}
