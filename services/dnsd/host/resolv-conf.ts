import { isIP } from 'node:net';
import { readTextIfExists, stat } from '../../../lib/host/files.js';
import { type Endpoint, parseEndpoint } from './endpoint.js';

export interface ResolverFiles {
  readonly resolvConf: string;
  /** Where systemd-resolved keeps the servers that stand behind its stub. */
  readonly systemdResolvConf: string;
}

const standardFiles: ResolverFiles = {
  resolvConf: '/etc/resolv.conf',
  systemdResolvConf: '/run/systemd/resolve/resolv.conf',
};

/** systemd-resolved(8): its stub, and the one that does not search or validate. */
const stubs = ['127.0.0.53', '127.0.0.54'];
/** resolv.conf(5): without any, the name server on this machine is used. */
const localServer: Endpoint = { address: '127.0.0.1', port: 53 };
/** As many as the C library uses. */
const maxServers = 3;
/** A file is looked at again after this long: as seldom as nobody notices. */
const lookEveryMs = 1_000;

/** The configured name servers, or else the host's at the time. */
export function upstreamsOf(configured: readonly string[]): () => Promise<readonly Endpoint[]> {
  const fixed = configured.flatMap((text) => parseEndpoint(text) ?? []);
  if (fixed.length > 0) return async () => fixed;
  const resolvers = new HostResolvers();
  return () => resolvers.servers();
}

/** The host's name servers, as its programs see them now. Reads the files again when they have changed. */
export class HostResolvers {
  #servers: readonly Endpoint[] | undefined;
  #stamp = '';
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly files: ResolverFiles = standardFiles) {}

  async servers(): Promise<readonly Endpoint[]> {
    if (this.#servers === undefined || performance.now() - this.#lookedAt >= lookEveryMs) {
      this.#lookedAt = performance.now();
      const stamp = await this.#currentStamp();
      if (this.#servers === undefined || stamp !== this.#stamp) this.#servers = await this.#read();
      this.#stamp = stamp;
    }
    return this.#servers;
  }

  async #read(): Promise<readonly Endpoint[]> {
    const servers = parseResolvConf((await readTextIfExists(this.files.resolvConf)) ?? '');
    if (!servers.every((server) => stubs.includes(server.address))) return servers;
    const behind = await readTextIfExists(this.files.systemdResolvConf);
    return behind === undefined ? servers : parseResolvConf(behind);
  }

  async #currentStamp(): Promise<string> {
    const { resolvConf, systemdResolvConf } = this.files;
    return (await Promise.all([resolvConf, systemdResolvConf].map(stampOf))).join(' ');
  }
}

/** The lines `nameserver ADDRESS`, at most three; the local server when there is none. */
export function parseResolvConf(text: string): Endpoint[] {
  const servers = text.split('\n').flatMap((line) => {
    const [, address = ''] = /^nameserver\s+(\S+)/.exec(line) ?? [];
    const server = isIP(address.split('%')[0] ?? '') === 0 ? undefined : parseEndpoint(address);
    return server ? [server] : [];
  });
  return servers.length > 0 ? servers.slice(0, maxServers) : [localServer];
}

/** Another file, or another content, gives another stamp; a link is followed. */
async function stampOf(path: string): Promise<string> {
  return stat(path).then(
    ({ ino, size, mtimeMs, ctimeMs }) => `${ino}:${size}:${mtimeMs}:${ctimeMs}`,
    () => 'none',
  );
}
