import { readTextIfExists, realpath, stat } from '../../../lib/host/files.js';
import { isResolvedStub, parseNameServers } from '../../../lib/host/resolv-conf.js';
import { type Endpoint, parseEndpoint } from './endpoint.js';

export interface ResolverFiles {
  readonly resolvConf: string;
  /** The folder of systemd-resolved: a list of servers, and what it knows of each link. */
  readonly resolvedFolder: string;
}

const standardFiles: ResolverFiles = {
  resolvConf: '/etc/resolv.conf',
  resolvedFolder: '/run/systemd/resolve',
};

/** A file is looked at again after this long: as seldom as nobody notices. */
const lookEveryMs = 1_000;
const stub: Endpoint = { address: '127.0.0.53', port: 53 };

/** The configured name servers, or else the host's at the time. */
export function upstreamsOf(configured: readonly string[]): () => Promise<readonly Endpoint[]> {
  const fixed = configured.flatMap((text) => parseEndpoint(text) ?? []);
  if (fixed.length > 0) return async () => fixed;
  const resolvers = new HostResolvers();
  return () => resolvers.servers();
}

/**
 * The host's name servers, as its programs see them now. Where systemd-resolved stands between, it is asked and not those
 * behind it: only it knows which server answers for which domain, such as those of a VPN (docs/adr/0013).
 */
export class HostResolvers {
  #servers: readonly Endpoint[] | undefined;
  #stamp = '';
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly files: ResolverFiles = standardFiles) {}

  /** The same list as long as nothing has changed, also about the servers and domains of systemd-resolved. */
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
    const { resolvConf } = this.files;
    const addresses = parseNameServers((await readTextIfExists(resolvConf)) ?? '');
    const servers = addresses.flatMap((address) => parseEndpoint(address) ?? []);
    const isList = !addresses.some(isResolvedStub) && (await this.#isResolvedsList());
    return isList ? [stub, ...servers] : servers;
  }

  /**
   * Whether /etc/resolv.conf is systemd-resolved's list of all servers: then programs that do not ask it by nss-resolve take
   * what the first of them says, right or wrong. Its stub knows better; should it not be there, the servers are.
   */
  async #isResolvedsList(): Promise<boolean> {
    const { resolvConf, resolvedFolder } = this.files;
    return (await realpath(resolvConf).catch(() => '')) === `${resolvedFolder}/resolv.conf`;
  }

  async #currentStamp(): Promise<string> {
    const { resolvConf, resolvedFolder } = this.files;
    const parts = ['resolv.conf', 'stub-resolv.conf', 'netif'].map((name) => `${resolvedFolder}/${name}`);
    return (await Promise.all([resolvConf, ...parts].map(stampOf))).join(' ');
  }
}

/** Another file, or another content, gives another stamp; a link is followed. */
async function stampOf(path: string): Promise<string> {
  return stat(path).then(
    ({ ino, size, mtimeMs, ctimeMs }) => `${ino}:${size}:${mtimeMs}:${ctimeMs}`,
    () => 'none',
  );
}
