import type { Context } from '../context.js';
import { defineCommand, type Result } from '../define-command.js';
import { exitCodeOfKind, usageError } from '../errors.js';
import { proveNameGone, proveNames } from '../verify/dns.js';
import { proveNat, proveNetworkGone } from '../verify/nat.js';
import { holds, type Proof, Proofs } from '../verify/proof.js';
import { parseTarget, type Target } from '../verify/reach.js';
import { withTrialVm } from '../verify/trial-vm.js';
import { proofsReport } from '../views/proofs.js';

export const command = defineCommand({
  summary: 'Prove with a throw-away VM that the network and names work here',
  description:
    'Creates a VM, logs in, tries what is asked for, deletes it, and tells what was seen. With --nat: that nothing gets ' +
    'out without NAT, that traffic leaves by the uplink with it, and that the rules are gone afterwards. With --dns: ' +
    'name and address, from the host and from the guest. Ends with 0 when all holds, warnings or not, else with 5.',
  options: {
    nat: { type: 'flag', summary: 'Prove NAT' },
    dns: { type: 'flag', summary: 'Prove names' },
    all: { type: 'flag', summary: 'Prove everything; so does a call without any of these' },
    image: { type: 'text', summary: 'The image of the VM; debian unless given' },
    target: { type: 'text', summary: 'What NAT is to reach, ADDRESS[:PORT]; the next router unless given' },
  },
  examples: [
    ['verify', 'everything'],
    ['verify --nat --target 192.0.2.80:80', 'that a guest reaches a certain place, and only with NAT'],
    ['verify --dns --json', 'names only, for programs'],
  ],
  async run(ctx, { options }) {
    const target = options.target === undefined ? undefined : targetOf(options.target);
    const everything = options.all || (!options.nat && !options.dns);
    const wanted = { nat: everything || options.nat, dns: everything || options.dns };
    return resultOf(await prove(ctx, options.image, wanted, target));
  },
});

function targetOf(text: string): Target {
  const target = parseTarget(text);
  if (target !== undefined) return target;
  const description = `must be an address or a name, and a port after ":" if need be, is "${text}"`;
  throw usageError([{ field: '--target', description }], 'banger verify --help');
}

async function prove(
  ctx: Context,
  image: string | undefined,
  wanted: { readonly nat: boolean; readonly dns: boolean },
  target: Target | undefined,
): Promise<readonly Proof[]> {
  const proofs = new Proofs(ctx);
  await withTrialVm(ctx, image, async (vm) => {
    await proofs.prove('VM up', async () => holds(`${vm.name} answers ssh at ${vm.address}`));
    if (wanted.nat) await proveNat(ctx, proofs, vm, target);
    if (wanted.dns) await proveNames(ctx, proofs, vm);
    await vm.delete();
    await proveNetworkGone(ctx, proofs, vm);
    if (wanted.dns) await proveNameGone(ctx, proofs, vm);
  });
  return proofs.all;
}

function resultOf(proofs: readonly Proof[]): Result {
  const failed = proofs.some(({ severity }) => severity === 'error');
  return {
    json: { holds: !failed, proofs },
    text: (style) => proofsReport(proofs, style),
    exitCode: failed ? exitCodeOfKind['wrong-state'] : 0,
  };
}
