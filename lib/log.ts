import { destination, type Logger, pino } from 'pino';
import { currentContext } from './context.js';

/**
 * Structured logs, one JSON object a line, to standard error or a given file descriptor.
 * Field vocabulary: `service`, `requestId`, `vm` (name), `uid`, `step`, `tap`, `err`, `ms`. A line that is written for a
 * request has its id, in whichever service.
 */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & { child(fields: object): Log };

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export function createLog(options: { service: string; level?: LogLevel; fd?: number }): Log {
  // Synchronous: a line written just before a crash is the line that matters.
  const sink = destination({ fd: options.fd ?? 2, sync: true });
  // A full disk must not end a service for want of a log; pino writes what it kept when there is space again.
  sink.on('error', () => undefined);
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service, pid: process.pid },
      timestamp: isoTime,
      mixin: requestFields,
    },
    sink,
  );
}

function requestFields(): object {
  const context = currentContext();
  return context === undefined ? {} : { requestId: context.requestId };
}

/** Discards everything; for tests and for code that has no one to tell. */
export const silentLog: Log = pino({ level: 'silent' });

function isoTime(): string {
  return `,"time":"${new Date().toISOString()}"`;
}
