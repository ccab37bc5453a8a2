import { randomBytes } from 'node:crypto';
import { type Vm, VmSpec } from '../../gen/banger/vmm/v1/vm_service.js';
import type { Context } from '../context.js';
import { defineCommand, positional } from '../define-command.js';
import { usageError } from '../errors.js';
import { type ExecOptions, execSession, requireTerminal } from '../exec-session.js';
import { labelOption, labelsOf } from '../labels.js';
import { egressOf, egressOption, publishOf, publishOption } from '../network-policy.js';
import { parseVariables, variableProblem } from '../parse/variables.js';
import { createVm, withThrowAwayVm } from '../throw-away.js';

export const command = defineCommand({
  summary: 'Run one command in a new VM',
  description:
    'Creates the VM, waits until it answers, and runs the command as `banger vm exec` does; its exit code is passed on. With ' +
    '--rm the VM is deleted afterwards, whatever happens, and nothing of it is kept.',
  positionals: [{ name: 'image', summary: 'The image' }],
  rest: { name: 'command', summary: 'The program and its arguments' },
  options: {
    rm: { type: 'flag', summary: 'Delete the VM at the end' },
    name: { type: 'text', summary: 'Its name; a new one unless given' },
    cpus: { type: 'count', summary: 'Virtual processors; 1 unless given' },
    memory: { type: 'size', summary: 'Memory, as 512M or 2G; 512M unless given' },
    nat: { type: 'flag', summary: "Let it reach other networks through the host's address" },
    publish: publishOption,
    egress: { ...egressOption, summary: `${egressOption.summary}; everything unless given` },
    label: labelOption,
    tty: { type: 'flag', alias: 't', summary: 'Give the command a terminal, as large as this one' },
    'no-input': { type: 'flag', summary: 'Give the command no standard input' },
    env: { type: 'list', alias: 'e', summary: 'Set variables, as NAME=VALUE', problemOf: variableProblem },
    timeout: { type: 'count', summary: 'End the command after this many seconds' },
  },
  examples: [
    ['run debian --rm -- uname -a', 'one command in a VM that is gone afterwards'],
    ["run debian --rm --nat -- sh -c 'apt-get update && apt-get -y upgrade'", 'with a network'],
    ['run ci --rm --label app=ci -- make test', 'one that `banger vm delete --force -l app=ci` finds'],
    ['run debian --name box --tty -- bash', 'a shell in a VM that stays'],
  ],
  async run(ctx, call) {
    const { options, rest = [] } = call;
    if (rest.length === 0) throw usageError(['COMMAND is missing: put it after "--"'], 'banger run --help');
    if (options.tty) requireTerminal(ctx);
    const name = options.name ?? `run-${randomBytes(4).toString('hex')}`;
    const spec = VmSpec.fromPartial({
      image: positional(call, 0),
      cpuCount: options.cpus,
      memoryMib: options.memory,
      nat: options.nat,
      policy: { publishedPorts: publishOf(options.publish), egress: egressOf(options.egress) },
      labels: labelsOf(options.label),
    });
    const session: ExecOptions = {
      command: {
        name,
        arguments: [...rest],
        environment: parseVariables(options.env ?? []),
        ...(options.timeout !== undefined && { timeout: { seconds: options.timeout, nanos: 0 } }),
      },
      tty: options.tty,
      input: !options['no-input'],
    };
    const wanted = { name, spec };
    const exitCode = options.rm
      ? await withThrowAwayVm(ctx, wanted, () => inVm(ctx, session))
      : await createVm(ctx, wanted).then((vm) => inKeptVm(ctx, vm, session));
    return { json: undefined, text: () => '', exitCode };
  },
});

/** What is shown of the way there does not mix with what the command writes. */
function inVm(ctx: Context, session: ExecOptions): Promise<number> {
  ctx.progress.end();
  return execSession(ctx, session);
}

async function inKeptVm(ctx: Context, { name }: Vm, session: ExecOptions): Promise<number> {
  const exitCode = await inVm(ctx, session);
  ctx.note(`vm ${name} stays; delete it with \`banger vm delete --force ${name}\``);
  return exitCode;
}
