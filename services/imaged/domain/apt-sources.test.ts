import { expect, test } from '@jest/globals';
import { archiveSources, forSuite, parseListFile, parseSourcesFile, renderSources } from './apt-sources.js';

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
  const releases = [
    { uri: 'http://mirror.example/debian/', origin: 'Debian' },
    { uri: 'http://vendor.example/apt/', origin: 'Vendor' },
  ];
  const sources = archiveSources(parseListFile(listFile), 'bookworm', 'debian', releases);
  expect(sources.map(({ uris, suites, components }) => [...uris, ...suites, ...components].join(' '))).toEqual([
    'http://mirror.example/debian bookworm main',
    'http://mirror.example/debian bookworm-updates main',
    'http://security.example/ bookworm-security main',
  ]);
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
