import { randomBytes } from 'node:crypto';
import { type Vm, VmSpec } from '../../gen/banger/vmm/v1/vm_service.js';
import type { FieldViolation } from '../../lib/errors.js';
import type { Context } from '../context.js';
import { type Call, defineCommand, positional } from '../define-command.js';
import { usageError } from '../errors.js';
import { type ExecOptions, execSession, requireTerminal } from '../exec-session.js';
import { runInForeground } from '../foreground/run-in-foreground.js';
import { labelOption, labelsOf } from '../labels.js';
import { egressOf, egressOption, publishOf, publishOption } from '../network-policy.js';
import { parseVariables, variableProblem } from '../parse/variables.js';
import { createVm, type WantedVm, withThrowAwayVm } from '../throw-away.js';

const help = 'banger run --help';

const options = {
  foreground: {
    type: 'flag',
    alias: 'f',
    summary: 'Run no command: the VM lives as long as this process, which shows its console',
  },
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
  'stop-timeout': {
    type: 'count',
    summary: 'With --foreground: how long the guest may take to stop, in seconds; 30 unless given',
  },
  timeout: { type: 'count', summary: 'End the command after this many seconds' },
} as const;

export const command = defineCommand({
  summary: 'Run one command in a new VM, or a VM for as long as this process lives',
  description:
    'Creates the VM, waits until it answers, and runs the command as `banger vm exec` does; its exit code is passed on. With ' +
    '--rm the VM is deleted afterwards, whatever happens, and nothing of it is kept. With --foreground the VM itself is what ' +
    'runs: its console is standard output, SIGTERM and Ctrl-C stop it in order, and however this process ends, the VM ends ' +
    'with it. The exit code is 0 when it was stopped or powered off, and another when it failed. A VM of that name that is ' +
    'there already is started, unless its settings are others.',
  positionals: [{ name: 'image', summary: 'The image' }],
  rest: { name: 'command', summary: 'The program and its arguments' },
  options,
  examples: [
    ['run debian --rm -- uname -a', 'one command in a VM that is gone afterwards'],
    ["run debian --rm --nat -- sh -c 'apt-get update && apt-get -y upgrade'", 'with a network'],
    ['run ci --rm --label app=ci -- make test', 'one that `banger vm delete --force -l app=ci` finds'],
    ['run debian --name box --tty -- bash', 'a shell in a VM that stays'],
    ['run debian --name web --foreground', 'a VM for a supervisor such as systemd to start, watch and stop'],
  ],
  async run(ctx, call) {
    const { options } = call;
    requireFit(call);
    const name = options.name ?? `run-${randomBytes(4).toString('hex')}`;
    const spec = VmSpec.fromPartial({
      image: positional(call, 0),
      cpuCount: options.cpus,
      memoryMib: options.memory,
      nat: options.nat,
      policy: { publishedPorts: publishOf(options.publish), egress: egressOf(options.egress) },
      labels: labelsOf(options.label),
    });
    const exitCode = options.foreground
      ? await inForeground(ctx, { name, spec }, call)
      : await commandIn(ctx, { name, spec }, call);
    return { json: undefined, text: () => '', exitCode };
  },
});

type RunCall = Call<typeof options>;

/** Each way to run takes options that mean nothing to the other. */
function requireFit({ options, rest = [] }: RunCall): void {
  if (!options.foreground) {
    if (rest.length === 0) throw usageError(['COMMAND is missing: put it after "--"'], help);
    if (options['stop-timeout'] !== undefined) throw usageError([only('--stop-timeout', 'with --foreground')], help);
    return;
  }
  const ofCommand = {
    '--tty': options.tty,
    '--no-input': options['no-input'],
    '--env': options.env,
    '--timeout': options.timeout,
  };
  const mistakes = Object.entries(ofCommand).flatMap(([name, value]) => (value ? [only(name, 'with a command')] : []));
  const command = rest.length > 0 ? ['--foreground runs no command: the VM does what its image does'] : [];
  if (mistakes.length + command.length > 0) throw usageError([...command, ...mistakes], help);
}

function only(field: string, when: string): FieldViolation {
  return { field, description: `has a meaning only ${when}` };
}

function inForeground(ctx: Context, wanted: WantedVm, { options }: RunCall): Promise<number> {
  return runInForeground(ctx, { ...wanted, remove: options.rm, graceSeconds: options['stop-timeout'] ?? 0 });
}

function commandIn(ctx: Context, wanted: WantedVm, { options, rest = [] }: RunCall): Promise<number> {
  if (options.tty) requireTerminal(ctx);
  const session: ExecOptions = {
    command: {
      name: wanted.name,
      arguments: [...rest],
      environment: parseVariables(options.env ?? []),
      ...(options.timeout !== undefined && { timeout: { seconds: options.timeout, nanos: 0 } }),
    },
    tty: options.tty,
    input: !options['no-input'],
  };
  return options.rm
    ? withThrowAwayVm(ctx, wanted, () => inVm(ctx, session))
    : createVm(ctx, wanted).then((vm) => inKeptVm(ctx, vm, session));
}

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
