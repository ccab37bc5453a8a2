const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** A line of a service's log for people: time, level, message, and the rest as key=value. Other text stays as it is. */
export function logLine(line: string): string {
  const entry = parse(line);
  if (entry === undefined) return line;
  const { time, level, msg, service: _service, pid: _pid, err, ...fields } = entry;
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${plain(value)}`);
  const stack = isError(err) ? `\n${indent(err.stack ?? err.message ?? '')}` : '';
  const words = [String(time ?? ''), (levels[Number(level)] ?? String(level)).padEnd(5), String(msg ?? ''), ...rest];
  return `${words.filter((word) => word !== '').join(' ')}${stack}`;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

function isError(value: unknown): value is { stack?: string; message?: string } {
  return typeof value === 'object' && value !== null;
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
