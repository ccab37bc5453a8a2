import { z } from 'zod';
import { accessRules, accessSchema, ownSocketPath } from './access.js';
import { buildId, version } from './build.js';
import { readConfig, readConfigSource } from './config.js';
import { ofOwnAccord } from './context.js';
import { BangerError, toBangerError } from './errors.js';
import type { EventLog } from './events/event-log.js';
import { ensureFolder, stat } from './host/files.js';
import { openLifeline } from './host/lifeline.js';
import { createLog, type Log, logLevels } from './log.js';
import type { Collect } from './metrics/metrics.js';
import { type MetricsConfig, metricsSchema, startMetrics } from './metrics/start.js';
import { type Paths, resolvePaths, type ServiceName, socketPath } from './paths.js';
import { remoteSchema } from './remote/config.js';
import { type RemoteListening, remoteListening } from './remote/listening.js';
import type { AccessRules } from './rpc/access.js';
import { bindEvents } from './rpc/events.js';
import { type ServiceBinding, serve } from './rpc/server.js';
import { claimSocket } from './rpc/socket.js';
import { type BackupReport, lookAtBackup, restoreBackup } from './store/backup.js';
import { checkSchema, type DatabaseFile } from './store/database.js';

/** What a process's main.ts works with. */
export interface ServiceContext<C> {
  readonly config: C;
  readonly paths: Paths;
  readonly log: Log;
  readonly metrics: MetricsConfig;
  /** Who may call what. */
  readonly access: AccessRules;
  /** How it serves other hosts, if it does. */
  readonly remote: RemoteListening | undefined;
}

/** What every service's main.ts gives back: ready to serve, with its state already true. */
export interface StartedService {
  readonly bindings: readonly ServiceBinding[];
  /** What it tells of itself; served beside the bindings. */
  readonly events: EventLog;
  /** Tells the service's own metrics at a scrape. */
  readonly metrics?: Collect;
  /** Lets go of what the service holds. Called after the last call has ended. */
  stop(): Promise<void> | void;
}

/** sysexits(3): the configuration is wrong, so that another start would fail the same way. */
export const exitConfig = 78;
const exitFailure = 1;

/** The section [log], which every process reads. */
export const logSchema = z.strictObject({ level: z.enum(logLevels).default('info') });

export interface ServiceOptions<C> {
  /** The databases that the service opens as it starts: looked at before, while another one still serves. */
  databases?(context: ServiceContext<C>): readonly DatabaseFile[];
}

/**
 * The life of a service process: configuration, start, listen; on SIGTERM or SIGINT drain, stop, exit 0. Under a supervisor
 * it waits between the first two: up to then it touches nothing, so that another one may serve meanwhile.
 */
export async function runService<S extends z.ZodType>(
  name: ServiceName,
  schema: S,
  start: (context: ServiceContext<z.infer<S>>) => Promise<StartedService>,
  options: ServiceOptions<z.infer<S>> = {},
): Promise<void> {
  const lifeline = openLifeline();
  try {
    const context = await prepareProcess(name, schema);
    const { log, paths, access, remote } = context;
    const path = ownSocketPath(process.env) ?? socketPath(paths, name);
    const databases = options.databases?.(context) ?? [];
    if (isRestoreVerb(process.argv[2])) return await goBack(process.argv[2], path, databases);
    for (const database of databases) checkSchema(database);
    if (!(await lifeline.standBy())) return process.exit(0);
    // Claimed before anything is touched: two of a service must never tidy the host, or migrate a database, at once.
    const claim = await claimSocket(path);
    const service = await ofOwnAccord('Start', () => start(context));
    const { events } = service;
    const bindings = [...service.bindings, bindEvents(name, events)];
    const server = await serve({
      service: name,
      socketPath: path,
      bindings,
      log,
      trail: events,
      claim,
      access,
      remote,
    });
    events.tell({ type: 'service', action: 'started', object: name, message: `version ${version}, build ${buildId}` });
    const metrics = await startMetrics(name, context.metrics, service.metrics ? [service.metrics] : [], log);
    onStopSignal(async () => {
      log.info('stopping');
      events.tell({ type: 'service', action: 'stopping', object: name, message: 'it was asked to stop' });
      await metrics?.close();
      await server.stop();
      await service.stop();
    }, log);
    lifeline.serving();
    // A service without its supervisor would keep its socket from the next one.
    lifeline.onCut(() => process.kill(process.pid, 'SIGTERM'));
  } catch (error) {
    endAsFailed(name, error);
  }
}

/** First words of a service's arguments with which it says what going back would lose, or goes back, and ends. */
const restoreVerbs = ['look-at-backup', 'restore-backup'] as const;
type RestoreVerb = (typeof restoreVerbs)[number];

function isRestoreVerb(word: string | undefined): word is RestoreVerb {
  return restoreVerbs.some((verb) => verb === word);
}

/** Prints a JSON array of BackupReports: how the databases were before. */
async function goBack(verb: RestoreVerb, socket: string, databases: readonly DatabaseFile[]): Promise<void> {
  const claim = await claimSocket(socket);
  try {
    const reports: BackupReport[] = databases.map(lookAtBackup);
    if (verb === 'restore-backup') for (const database of databases) await restoreBackup(database);
    process.stdout.write(`${JSON.stringify(reports)}\n`);
  } finally {
    claim.release();
  }
}

/** What every process of banger does first: configuration, folders, log. */
export async function prepareProcess<S extends z.ZodType>(
  name: ServiceName | 'supervisor',
  schema: S,
): Promise<ServiceContext<z.infer<S>>> {
  const paths = resolvePaths(process.env, process.getuid?.() ?? 0);
  const source = readConfigSource(paths.configFile, process.env);
  const shared = { log: logSchema, metrics: metricsSchema, access: accessSchema, remote: remoteSchema };
  const sections = readConfig(source, { ...shared, [name]: schema } as typeof shared & Record<typeof name, S>);
  const config = sections[name] as z.infer<S>;
  await ensureOwnFolder(paths.stateDir, 0o750);
  const access = await accessRules(sections.access, process.env, paths.configFile);
  const remote = await remoteListening(sections.remote, name, paths.configFile);
  // Who reads has to come to the sockets.
  await ensureOwnFolder(paths.runDir, access.readers === undefined ? 0o750 : 0o755);
  const { log, metrics } = sections;
  return { config, paths, access, remote, log: createLog({ service: name, level: log.level }), metrics };
}

/** A folder that is another user's, as the supervisor's are a service's that has a user of its own, is left as it is. */
async function ensureOwnFolder(path: string, mode: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.uid === process.geteuid?.()) await ensureFolder(path, mode);
}

/** Logs why the process cannot start, as its last words, and ends it. */
export function endAsFailed(name: ServiceName | 'supervisor', error: unknown): never {
  const known = toBangerError(error);
  // What a user can mend is said in one line; a stack is for our own mistakes.
  const cause = error instanceof BangerError && error.kind !== 'internal' ? {} : { err: error };
  createLog({ service: name }).fatal({ ...cause, reason: known.reason }, known.message);
  process.exit(known.reason === 'INVALID_CONFIG' ? exitConfig : exitFailure);
}

/** Runs `stop` once, at the first signal, then ends the process. A second signal ends it at once. */
export function onStopSignal(stop: () => Promise<void>, log: Log): void {
  const handle = () => {
    process.once('SIGTERM', () => process.exit(exitFailure));
    process.once('SIGINT', () => process.exit(exitFailure));
    stop().then(
      () => process.exit(0),
      (error) => {
        log.error({ err: error }, 'could not stop in order');
        process.exit(exitFailure);
      },
    );
  };
  let called = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      if (called) return;
      called = true;
      handle();
    });
  }
}
