// What a Debian package says of itself.
import { readFileSync, statSync } from 'node:fs';
import { run } from './steps.mjs';

/** The text of the file control. `entries` is the plan of the installation, `programs` what is compiled in it. */
export async function control({ entries, version, maintainer, programs }) {
  const values = {
    VERSION: version,
    ARCHITECTURE: (await run(['dpkg', '--print-architecture'])).trim(),
    MAINTAINER: maintainer,
    SIZE: String(installedKib(entries)),
    LIBRARIES: (await libraries(programs)).join(', '),
  };
  const template = readFileSync('packaging/deb/control', 'utf8');
  return template.replace(/@([A-Z]+)@/g, (_, name) => values[name]);
}

/** Sizes count in whole blocks of 1024 bytes: deb-substvars(5). */
function installedKib(entries) {
  const sizes = entries.map(({ source, text }) => (source ? statSync(source).size : Buffer.byteLength(text)));
  return sizes.reduce((sum, size) => sum + Math.ceil(size / 1024), 0);
}

/** The symbols' versions that each library's package has had since; a program that needs newer ones cannot be loaded. */
const providers = {
  'libc.so.6': { name: 'libc6', symbols: /GLIBC_(\d+(?:\.\d+)+)/g },
  'libstdc++.so.6': { name: 'libstdc++6', symbols: /GLIBCXX_(\d+(?:\.\d+)+)/g, versions: libstdcxxVersion },
  'libgcc_s.so.1': { name: 'libgcc-s1', symbols: /GCC_(\d+(?:\.\d+)+)/g },
};

/** GLIBCXX_3.4.N came with GCC's release: the table of libstdc++'s manual, "ABI Policy and Guidelines". */
function libstdcxxVersion(symbol) {
  const releases = { '3.4.26': '9', '3.4.27': '9', '3.4.28': '9.3', '3.4.29': '11', '3.4.30': '12', '3.4.31': '13' };
  return releases[symbol] ?? (compareVersions(symbol, '3.4.26') < 0 ? '9' : undefined);
}

/** Such as "libc6 (>= 2.34)", for what these programs are linked with. */
async function libraries(programs) {
  const needed = new Map();
  for (const program of programs) {
    const headers = await run(['objdump', '-p', program]);
    for (const [, library] of headers.matchAll(/^\s+NEEDED\s+(\S+)$/gm)) {
      const provider = providers[library];
      if (provider === undefined) continue;
      const symbols = [...headers.matchAll(provider.symbols)].map(([, version]) => version);
      needed.set(provider, [...(needed.get(provider) ?? []), ...symbols]);
    }
  }
  return [...needed].map(([provider, symbols]) => dependency(provider, symbols)).sort();
}

function dependency({ name, versions = (symbol) => symbol }, symbols) {
  const newest = symbols.toSorted(compareVersions).at(-1);
  const version = newest === undefined ? undefined : versions(newest);
  return version === undefined ? name : `${name} (>= ${version})`;
}

function compareVersions(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}
