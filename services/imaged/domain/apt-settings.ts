/**
 * What an image build takes over from the host's apt configuration: how to reach the archive from here. `apt-config
 * dump` prints one setting a line, as `Name "value";`.
 */
export interface AptSettings {
  /** Settings that a guest needs too, each as a line for apt.conf. */
  readonly options: readonly string[];
  /** Proxies, for the build only, as the environment variables that apt reads: apt-transport-http(1). */
  readonly environment: Readonly<Record<string, string>>;
}

const kept = /^Acquire::(Check-Valid-Until|Check-Date|http::Proxy|https::Proxy)$/i;
const proxy = /^Acquire::(https?)::Proxy$/i;
/** An address that is another machine when a guest uses it. */
const loopback = /\/\/(localhost|127\.|\[::1\])/i;

export function parseAptSettings(dump: string): AptSettings {
  const options: string[] = [];
  const environment: Record<string, string> = {};
  for (const line of dump.split('\n')) {
    const [, name = '', value = ''] = /^(\S+) "(.*)";$/.exec(line) ?? [];
    if (!kept.test(name) || value === '') continue;
    if (!loopback.test(value)) options.push(`${name} "${value}";`);
    const scheme = proxy.exec(name)?.[1]?.toLowerCase();
    if (scheme && value.toUpperCase() !== 'DIRECT') environment[`${scheme}_proxy`] = value;
  }
  return { options, environment };
}
