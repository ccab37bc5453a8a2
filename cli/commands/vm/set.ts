import { type UpdateVmRequest, Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { usageError } from '../../errors.js';
import { labelOption, labelsOf, unlabelOption } from '../../labels.js';
import { allowFromOption, egressOf, egressOption } from '../../network-policy.js';
import {
  autostartOrderOption,
  hypervisorOf,
  hypervisorOption,
  restartOption,
  restartPolicyOf,
  wordsOf,
} from '../../vm-choices.js';

const options = {
  alias: { type: 'list', summary: 'Its other names, in place of those that it has, with commas between them; or none' },
  cpus: { type: 'count', summary: 'Virtual processors' },
  memory: { type: 'size', summary: 'Memory, as 512M or 2G' },
  nat: {
    type: 'text',
    summary: "Whether it reaches other networks through the host's address",
    choices: ['on', 'off'],
  },
  'allow-from': { ...allowFromOption, summary: `${allowFromOption.summary}; in place of those before; or none` },
  egress: { ...egressOption, summary: `${egressOption.summary}; in place of those before; or none` },
  'work-disk': { type: 'size', summary: 'The size of the disk at /work; it can only grow' },
  restart: restartOption,
  autostart: { type: 'text', summary: 'Whether it starts after each restart of the host', choices: ['on', 'off'] },
  'autostart-order': autostartOrderOption,
  hypervisor: hypervisorOption,
  label: { ...labelOption, summary: 'Labels to put on it, or to change, as app=ci, with commas between them' },
  unlabel: unlabelOption,
} as const;

const optionNames = Object.keys(options)
  .map((name) => `--${name}`)
  .join(', ');

export const command = defineCommand({
  summary: 'Change a VM',
  description:
    'NAT, who reaches it and what it reaches, aliases, labels, the restart policy, what happens with the host, and the size of a work disk that is there, change at once. Processors, memory, the ' +
    'hypervisor and a first work disk of a running VM take effect with `banger vm restart`.',
  positionals: [{ name: 'name', summary: 'The name of the VM' }],
  options,
  examples: [
    ['vm set web --nat on', 'let it reach the internet, at once'],
    ['vm set db --allow-from web', 'let the VM web reach it, and no other'],
    ['vm set ci --egress deny:10.0.0.0/8', 'let it reach everything but that network'],
    ['vm set store --alias db', 'answer as db.vm too, and as nothing else'],
    ['vm set web --cpus 4 --memory 4G', 'at its next start'],
    ['vm set db --work-disk 40G', 'grow the disk at /work'],
    ['vm set web --restart on-failure', 'up again after a panic or a crash'],
    ['vm set web --autostart on --autostart-order 20', 'starts with the host, after those of a lower order'],
    ['vm set web --label app=ci --unlabel tier', 'with this label, and without that one'],
    ['vm set web --hypervisor firecracker', 'at its next start'],
  ],
  async run(ctx, call) {
    const {
      alias,
      cpus,
      memory,
      nat,
      'allow-from': allowFrom,
      egress,
      'work-disk': workDisk,
      restart,
      hypervisor,
      autostart,
      'autostart-order': autostartOrder,
      label,
      unlabel,
    } = call.options;
    const given = Object.values(call.options).some((value) => value !== undefined);
    if (!given) throw usageError([`nothing to change: give one of ${optionNames}`], 'banger vm set --help');
    const request: UpdateVmRequest = {
      name: positional(call, 0),
      cpuCount: cpus,
      memoryMib: memory,
      nat: nat === undefined ? undefined : nat === 'on',
      workDiskMib: workDisk,
      restartPolicy: restartPolicyOf(restart),
      hypervisor: hypervisorOf(hypervisor),
      allowFrom: allowFrom && { sources: wordsOf(allowFrom) ?? [] },
      egress: egress && { rules: egressOf(egress) ?? [] },
      publish: [],
      unpublish: [],
      autostart: autostart === undefined ? undefined : autostart === 'on',
      autostartOrder,
      aliases: alias && { aliases: wordsOf(alias) ?? [] },
      labels: (label ?? unlabel) && { set: labelsOf(label), remove: [...(unlabel ?? [])] },
    };
    const vmm = await ctx.clients.vmm();
    const { vm = Vm.fromPartial({}) } = await vmm.updateVm(request, { signal: ctx.signal });
    const pending = vm.status?.pendingRestart ? `; takes full effect with \`banger vm restart ${vm.name}\`` : '';
    return { json: Vm.toJSON(vm), text: () => `${vm.name} is changed${pending}` };
  },
});
