import { randomUUID } from 'node:crypto';
import { type CreateVmRequest, Vm, VmSpec, VmState } from '../../../gen/banger/vmm/v1/vm_service.js';
import { BangerError, isBangerError } from '../../../lib/errors.js';
import type { Context } from '../../context.js';
import { defineCommand, type OptionValues } from '../../define-command.js';
import { interrupted, isInterrupted, usageError } from '../../errors.js';
import { envFileOption, guestDataOf, userDataOption, warnWithoutCloudInit } from '../../guest-data.js';
import { labelOption, labelsOf } from '../../labels.js';
import { allowFromOption, egressOf, egressOption, publishOf, publishOption } from '../../network-policy.js';
import type { Style } from '../../render/style.js';
import { stateOf } from '../../views/vm.js';
import {
  autostartOrderOption,
  hypervisorOf,
  hypervisorOption,
  initOf,
  initOption,
  restartOption,
  restartPolicyOf,
  wordsOf,
} from '../../vm-choices.js';
import { VmFollower, waitDeadlineMs } from '../../vm-progress.js';
import { noWaitOption } from '../../vm-verb.js';

const help = 'banger vm create --help';
/** The mistakes that are known already should not wait long for a vmm that hangs. */
const checkDeadlineMs = 5000;

const options = {
  name: { type: 'text', summary: 'Its name, a DNS label: the VM answers as NAME.vm' },
  alias: { type: 'list', summary: 'Other names, with commas between them: it answers as ALIAS.vm too' },
  cpus: { type: 'count', summary: 'Virtual processors; 1 unless given' },
  memory: { type: 'size', summary: 'Memory, as 512M or 2G; 512M unless given' },
  disk: { type: 'size', summary: 'Its own disk space; 8G unless given, taken as it is used' },
  'work-disk': { type: 'size', summary: 'A second disk, at /work; none unless given' },
  image: { type: 'text', summary: 'The image; debian unless given' },
  kernel: { type: 'text', summary: 'The kernel; the default one unless given' },
  init: initOption,
  nat: { type: 'flag', summary: "Let it reach other networks through the host's address" },
  ip: { type: 'text', summary: 'Its IPv4 address, a free one of the pool; the next free one unless given' },
  mac: { type: 'text', summary: "Its network card's address; one made of its IPv4 address unless given" },
  publish: publishOption,
  'allow-from': { ...allowFromOption, summary: `${allowFromOption.summary}; none unless given` },
  egress: { ...egressOption, summary: `${egressOption.summary}; everything unless given` },
  hypervisor: { ...hypervisorOption, summary: 'The hypervisor; any, the best that works here, unless given' },
  restart: { ...restartOption, summary: `${restartOption.summary}; never unless given` },
  autostart: { type: 'flag', summary: 'Start it after each restart of the host' },
  'autostart-order': { ...autostartOrderOption, summary: `${autostartOrderOption.summary}; 0 unless given` },
  label: labelOption,
  'env-file': envFileOption,
  'user-data': userDataOption,
  'no-start': { type: 'flag', summary: 'Create it without starting it' },
  'no-wait': noWaitOption,
} as const;

export const command = defineCommand({
  summary: 'Create a VM and start it',
  description:
    'Waits until the VM answers. Ctrl-C ends the waiting, not the VM. A VM whose first start fails stays, so that it can ' +
    'be looked at, started again or deleted.',
  positionals: [{ name: 'name', summary: 'Its name, instead of --name', optional: true }],
  options,
  examples: [
    ['vm create --name web', 'a VM that answers as web.vm'],
    ['vm create web --nat --cpus 2 --memory 2G', 'a larger one that reaches the internet'],
    ['vm create web --publish 8080:80,127.0.0.1:5353:53/udp', "whose ports are the host's too"],
    ['vm create db --allow-from web,10.1.0.0/16', 'one that the VM web reaches, and that network'],
    [
      'vm create ci --nat --egress allow:deb.example.net:80,allow:*.example.org',
      'that reaches these, and nothing else',
    ],
    ['vm create db --work-disk 20G --init light', 'with a disk at /work, and the fastest boot'],
    ['vm create store --alias db,cache', 'one that answers as store.vm, db.vm and cache.vm'],
    ['vm create dns --ip 10.77.0.53', 'at an address of your choice, for its life'],
    ['vm create fc --hypervisor firecracker --restart always', 'on Firecracker, and up again whatever ends it'],
    [
      'vm create ci --env-file ci.env --user-data init.yaml',
      'with variables for who logs in, and a start for cloud-init',
    ],
    ['vm create runner --label app=ci,tier=test', 'one that `banger vm list -l app=ci` lists'],
    ['vm create db --autostart --autostart-order 1', 'one that starts with the host, before those of a higher order'],
  ],
  async check(ctx, call) {
    const given = await requestOf(nameOf(call), call.options);
    const request = { ...given, wait: false, validateOnly: true };
    await create(ctx, request, checkDeadlineMs);
  },
  async run(ctx, call) {
    const request = await requestOf(nameOf(call), call.options);
    const vm = request.wait ? await createAndWait(ctx, request) : await create(ctx, request);
    if (call.options['user-data'] !== undefined) await warnWithoutCloudInit(ctx, vm.spec?.image ?? '');
    return { json: Vm.toJSON(vm), text: (style) => created(vm, style) };
  },
});

function nameOf({ options, positionals }: { options: { name: string | undefined }; positionals: readonly unknown[] }) {
  const [word] = positionals as readonly (string | undefined)[];
  const name = options.name ?? word;
  if (name === undefined) throw usageError([{ field: '--name', description: 'must be given' }], help);
  if (word === undefined || word === name) return name;
  throw usageError([`two names were given, "${name}" and "${word}"`], help);
}

async function requestOf(name: string, given: OptionValues<typeof options>): Promise<CreateVmRequest> {
  const spec = VmSpec.fromPartial({
    cpuCount: given.cpus,
    memoryMib: given.memory,
    diskMib: given.disk,
    workDiskMib: given['work-disk'],
    image: given.image,
    kernel: given.kernel,
    init: initOf(given.init),
    nat: given.nat,
    policy: {
      allowFrom: wordsOf(given['allow-from']),
      egress: egressOf(given.egress),
      publishedPorts: publishOf(given.publish),
    },
    hypervisor: hypervisorOf(given.hypervisor),
    restartPolicy: restartPolicyOf(given.restart),
    aliases: wordsOf(given.alias),
    ipv4Address: given.ip,
    macAddress: given.mac,
    autostart: given.autostart,
    autostartOrder: given['autostart-order'],
    labels: labelsOf(given.label),
    ...(await guestDataOf(given, help)),
  });
  const [noStart, wait] = [given['no-start'], !given['no-wait']];
  return { name, spec, requestId: randomUUID(), noStart, wait, validateOnly: false };
}

async function create(ctx: Context, request: CreateVmRequest, deadlineMs?: number): Promise<Vm> {
  const vmm = await ctx.clients.vmm();
  const { vm } = await vmm.createVm(request, { signal: ctx.signal, deadlineMs });
  return vm ?? Vm.fromPartial({ name: request.name });
}

/** The call waits; the follower shows how far it is. The request id makes a repeat of the call safe. */
async function createAndWait(ctx: Context, request: CreateVmRequest): Promise<Vm> {
  const follower = new VmFollower(ctx, [request.name]);
  ctx.progress.show(`${request.name}: creating`);
  follower.start();
  try {
    return await follower.persist(() => create(ctx, request, waitDeadlineMs));
  } catch (error) {
    if (isInterrupted(error)) throw left(request.name, follower.seen(request.name) !== undefined);
    throw await withRemains(ctx, request.name, error);
  } finally {
    follower.stop();
  }
}

/** What a person who pressed Ctrl-C wants to know. */
function left(name: string, seen: boolean) {
  if (!seen) return interrupted(`vmm has not answered yet; see with \`banger vm list\` whether ${name} was created`);
  return interrupted(
    `vm ${name} goes on being created; ` +
      `look at it with \`banger vm show ${name}\`, or remove it with \`banger vm delete --force ${name}\``,
  );
}

/** Adds to why a VM could not be created that it is there all the same, when it is. */
async function withRemains(ctx: Context, name: string, error: unknown): Promise<unknown> {
  if (!isBangerError(error) || !(await failedWith(ctx, name, error.reason))) return error;
  const message =
    `${error.message}\nvm ${name} stays as failed: ` +
    `look at it with \`banger vm show ${name}\`, or remove it with \`banger vm delete ${name}\``;
  const { kind, reason, metadata, fields, preconditions, cause } = error;
  return new BangerError(kind, reason, message, { metadata, fields, preconditions, cause });
}

/** Whether a failed VM of that name is what the failure left, and no other one that was in the way. */
async function failedWith(ctx: Context, name: string, reason: string): Promise<boolean> {
  try {
    const vmm = await ctx.clients.vmm();
    const { vm } = await vmm.getVm({ name }, { signal: ctx.signal, deadlineMs: checkDeadlineMs });
    return vm?.status?.state === VmState.FAILED && vm.status.lastError?.reason === reason;
  } catch {
    // There is none, or vmm is away: the failure itself is what has to be told.
    return false;
  }
}

function created(vm: Vm, style: Style): string {
  if (vm.status?.state !== VmState.RUNNING) {
    const next = vm.status?.state === VmState.STOPPED ? `banger vm start ${vm.name}` : `banger vm show ${vm.name}`;
    return `${vm.name} is ${stateOf(vm)}; next: ${style.bold(next)}`;
  }
  return [
    `${style.green(vm.name)} is running at ${vm.status.ipv4Address}, as ${vm.name}.vm`,
    `  log in:  ${style.bold(`banger vm ssh ${vm.name}`)}`,
  ].join('\n');
}
