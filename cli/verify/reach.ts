/** Whether a guest reaches an address, and by what that was seen. */
export type Reach =
  | { readonly kind: 'reached'; readonly by: string }
  | { readonly kind: 'out of reach'; readonly why: string }
  /** The guest has no program to try it with. */
  | { readonly kind: 'unknown' };

/** Where something may answer: an address or a name, and a port unless a ping is enough. */
export interface Target {
  readonly host: string;
  readonly port: number | undefined;
}

/** Any router answers on it, if only that nothing listens there. */
const anyPort = 53;

/** Reads ADDRESS, NAME, ADDRESS:PORT or NAME:PORT; undefined for anything else. What passes is safe in a line of shell. */
export function parseTarget(text: string): Target | undefined {
  const [, host = '', port] = /^([A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === '' || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) return undefined;
  return { host, port: port === undefined ? undefined : Number(port) };
}

/**
 * A line for a guest's shell that tries a target: by ping unless a port is given, then by TCP. A refused connection is an
 * answer too. Images differ in what they have, so each way is tried only where its program is there.
 */
export function reachLine({ host, port }: Target): string {
  const ping = `if command -v ping >/dev/null; then ping -n -c 1 -W 3 ${host} >/dev/null 2>&1 && echo "reached by ping" && exit; tried=1; fi`;
  const tcp =
    `if command -v bash >/dev/null; then out=$(timeout 5 bash --norc -c 'exec 3<>/dev/tcp/${host}/${port ?? anyPort}' 2>&1) && ` +
    `echo "reached by TCP" && exit; case $out in *refused*) echo "reached by TCP"; exit;; esac; tried=1; fi`;
  const end = `[ "$tried" = 1 ] && echo "out of reach: $out" || echo unknown`;
  return `tried=; out=; ${port === undefined ? `${ping}; ` : ''}${tcp}; ${end}`;
}

/** What the line has printed. */
export function parseReach(output: string): Reach {
  const [, by] = /^reached by (\S+)/m.exec(output) ?? [];
  if (by !== undefined) return { kind: 'reached', by };
  const [, why] = /^out of reach: *(.*)/m.exec(output) ?? [];
  if (why === undefined) return { kind: 'unknown' };
  return { kind: 'out of reach', why: /: ([^:]+)$/.exec(why)?.[1]?.trim() || why || 'no answer' };
}
