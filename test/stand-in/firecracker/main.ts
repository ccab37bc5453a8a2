import { readFileSync } from 'node:fs';
import type { StandInSettings } from '../settings.js';
import { Api } from './api.js';
import { ArgumentError, type Arguments, parseArguments } from './arguments.js';
import { configure } from './config-file.js';
import { HttpServer } from './http-server.js';
import { Log, writeOutput } from './journal.js';
import { Machine } from './machine.js';
import { endBadly, endWell, Failure, panic } from './process.js';
import { snapshotVersion } from './snapshots.js';
import { reaches } from './table.js';
import { Troubles } from './troubles.js';

/** A program that takes Firecracker's place in tests. Put here when it is built. */
declare const settings: StandInSettings;

const defaultId = 'anonymous-instance';
const defaultPayloadBytes = 51200;
const metricsEveryMs = 60_000;

async function main(argv: readonly string[]): Promise<void> {
  const log = new Log(defaultId);
  const args = argumentsOrEnd(argv, log);
  answerAndEnd(args, log);
  const id = args.get('id') ?? defaultId;
  const problem = idProblem(id);
  if (problem !== undefined) return panic(log, '309:48', `Invalid instance ID: ${problem}`);
  const machine = machineOf(args, id);
  setUpOutputs(machine, args);
  machine.log.write(`Running Firecracker v${settings.version}`);
  await new Troubles(settings, machine.options.exit).atStart(argv);
  await run(machine, args);
}

function argumentsOrEnd(argv: readonly string[], log: Log): Arguments {
  try {
    return parseArguments(argv);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    const message = `Arguments parsing error: ${error.message} \\n\\nFor more information try --help.`;
    endBadly(log, new Failure(message, 153, `ParseArguments(${error.kind})`));
  }
}

/** The questions that are answered without a machine. */
function answerAndEnd(args: Arguments, log: Log): void {
  const version = snapshotVersion({ knows: (since) => reaches(settings.version, since) });
  const described = args.get('describe-snapshot');
  const answers = {
    help: () => `Firecracker v${settings.version}\n`,
    version: () => `Firecracker v${settings.version}\n\n`,
    'snapshot-version': () => `v${version}\n`,
    'describe-snapshot': () =>
      `v${(JSON.parse(readFileSync(described ?? '', 'utf8')) as { version: string }).version}\n`,
  };
  for (const [flag, answer] of Object.entries(answers)) {
    if (!args.has(flag)) continue;
    writeOutput(1, answer());
    endWell(log);
  }
}

function idProblem(id: string): string | undefined {
  const at = id.search(/[^A-Za-z0-9-]/);
  if (at >= 0) return `InvalidChar('${id[at]}', ${at})`;
  return id.length < 1 || id.length > 64 ? `InvalidLen(${id.length}, 1, 64)` : undefined;
}

function machineOf(args: Arguments, id: string): Machine {
  const payload = payloadBytes(args);
  const exit = (code: number): never => {
    machine.flushMetrics();
    if (code === 0) endWell(machine.log);
    const why = 'RunWithApiError error: MicroVMStopped with an error: GenericError';
    endBadly(machine.log, new Failure(why, code, 'RunWithApi(MicroVMStoppedWithError(GenericError))'));
  };
  const mmdsLimit = Number(args.get('mmds-size-limit') ?? payload);
  const machine = new Machine(settings, { id, hasPci: args.has('enable-pci'), mmdsLimit, exit });
  return machine;
}

function payloadBytes(args: Arguments): number {
  return Number(args.get('http-api-max-payload-size') ?? defaultPayloadBytes);
}

function setUpOutputs(machine: Machine, args: Arguments): void {
  const level = args.get('level');
  if (level !== undefined && !/^(off|trace|debug|info|warn|warning|error)$/i.test(level)) {
    const problem = `Failed to parse string to level filter: ${level}`;
    const message = `Invalid value for logger level: ${problem}.Possible values: [Error, Warning, Info, Debug]`;
    endBadly(machine.log, new Failure(message, 152, `InvalidLogLevel(LevelFilterFromStrError("${level}"))`));
  }
  const [show_level, show_log_origin] = [args.has('show-level'), args.has('show-log-origin')];
  machine.log.configure({ log_path: args.get('log-path'), level, show_level, show_log_origin });
  const metricsPath = args.get('metrics-path');
  if (metricsPath !== undefined) machine.metrics.open(metricsPath);
  // A paused machine's timer stands still.
  setInterval(() => machine.state !== 'Paused' && machine.flushMetrics(), metricsEveryMs);
}

async function run(machine: Machine, args: Arguments): Promise<void> {
  const api = new Api(machine);
  const troubles = new Troubles(settings, machine.options.exit);
  const configPath = args.get('config-file');
  let config: string | undefined;
  try {
    config = configPath === undefined ? undefined : readFileSync(configPath, 'utf8');
  } catch {
    const os = 'Os { code: 2, kind: NotFound, message: "No such file or directory" }';
    return panic(machine.log, '390:20', `Unable to open or read from the configuration file: ${os}`);
  }
  if (!args.has('no-api')) await listen(machine, args, api, troubles);
  if (config !== undefined) await configure(machine, api, config, args.get('metadata'));
}

async function listen(machine: Machine, args: Arguments, api: Api, troubles: Troubles): Promise<void> {
  const path = args.get('api-sock') ?? '/run/firecracker.socket';
  const server = new HttpServer(async (request) => {
    const fault = await troubles.atRequest(request);
    return fault === undefined ? api.answer(request) : { status: 400, body: { fault_message: fault } };
  }, payloadBytes(args));
  try {
    await server.listen(path);
  } catch {
    const problem = `Failed to open the API socket at: ${path}. Check that it is not already used.`;
    const failure = new Failure(`RunWithApiError error: ${problem}`, 1, `RunWithApi(FailedToBindSocket("${path}"))`);
    endBadly(machine.log, failure);
  }
  machine.log.write('API server started.', { thread: 'fc_api' });
}

void main(process.argv.slice(2));
