import { expect, test } from '@jest/globals';
import {
  archiveSources,
  forSuite,
  listsOf,
  type PackageList,
  parseListFile,
  parseSourcesFile,
  renderSources,
} from './apt-sources.js';

const list = (uri: string, suite: string, more: Partial<PackageList> = {}): PackageList => ({
  ...{ uri, suite, component: 'main', architecture: 'amd64', origin: 'Debian' },
  ...more,
});

const listFile = `
# the archive
deb http://mirror.example/debian bookworm main contrib   # a comment
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian bookworm-updates main
deb-src http://mirror.example/debian bookworm main
#deb http://mirror.example/debian sid main
deb cdrom:[Debian 12]/ bookworm main
  deb\thttp://security.example/ bookworm-security main
deb http://vendor.example/apt bookworm main
deb http://flat.example/ ./
`;

const sourcesFile = `# first
Types: deb deb-src
URIs: http://mirror.example/debian
# in between
Suites: bookworm bookworm-updates
Components: main non-free-firmware
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEYCQjIxYJ
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://src.example/debian
Suites: bookworm
Components: main
`;

test('reads the one-line style with its options', () => {
  const sources = parseListFile(listFile);
  expect(sources.map(({ uris, suites }) => [...uris, ...suites].join(' '))).toEqual([
    'http://mirror.example/debian bookworm',
    'http://mirror.example/debian bookworm-updates',
    'http://security.example/ bookworm-security',
    'http://vendor.example/apt bookworm',
    'http://flat.example/ ./',
  ]);
  expect(sources[0]?.components).toEqual(['main', 'contrib']);
  expect(sources[1]?.options).toEqual({ architectures: 'amd64', 'signed-by': '/usr/share/keyrings/a.gpg' });
});

test('reads .sources files: enabled binary entries, with a key in the file itself', () => {
  const [source, ...others] = parseSourcesFile(sourcesFile);
  expect(others).toEqual([]);
  expect(source).toMatchObject({ suites: ['bookworm', 'bookworm-updates'], components: ['main', 'non-free-firmware'] });
  expect(source?.options['signed-by']?.split('\n')).toHaveLength(4);
});

test('takes the archive of the suite, its updates and fixes, and nobody else’s packages', () => {
  const lists = [
    list('http://mirror.example/debian/', 'bookworm'),
    list('http://vendor.example/apt/', 'bookworm', { origin: 'Vendor' }),
  ];
  const sources = archiveSources(parseListFile(listFile), 'bookworm', 'debian', lists);
  expect(sources.map(({ uris, suites, components }) => [...uris, ...suites, ...components].join(' '))).toEqual([
    'http://mirror.example/debian bookworm main',
    'http://mirror.example/debian bookworm-updates main',
    'http://security.example/ bookworm-security main',
  ]);
});

test('the lists of an entry are those of its archive, its suites, its components, and a guest’s architecture', () => {
  const mirror = 'http://mirror.example/debian/';
  const used = [
    list(mirror, 'bookworm'),
    list(mirror, 'bookworm-updates'),
    list(mirror, 'bookworm', { architecture: 'all' }),
  ];
  const others = [
    list(mirror, 'sid'),
    list(mirror, 'bookworm', { component: 'contrib' }),
    list(mirror, 'bookworm', { architecture: 'i386' }),
    list('http://vendor.example/apt/', 'bookworm'),
  ];
  const sources = archiveSources(parseSourcesFile(sourcesFile), 'bookworm', 'debian', used);
  expect(listsOf(sources, [...others, ...used])).toEqual(used);
});

test('another suite of the same archive', () => {
  const sources = archiveSources(parseSourcesFile(sourcesFile), 'bookworm', 'debian', []);
  expect(forSuite(sources, 'bookworm', 'trixie').flatMap((source) => source.suites)).toEqual([
    'trixie',
    'trixie-updates',
  ]);
});

test('what is rendered reads back as the same', () => {
  const sources = [...parseListFile(listFile), ...parseSourcesFile(sourcesFile)];
  expect(parseSourcesFile(renderSources(sources))).toEqual(sources);
});
