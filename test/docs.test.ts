import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { z } from 'zod';
import { ownVariables, variables } from '../cli/environment.js';
import * as cli from '../cli/errors.js';
import { route } from '../cli/route.js';
import { judge, split } from '../cli/yargs.js';
import { accessSchema } from '../lib/access.js';
import { bundleReasons } from '../lib/bundle/errors.js';
import { configSections } from '../lib/config.js';
import { commonReasons, errorKinds } from '../lib/errors.js';
import { type MetricSpec, metricCatalogue } from '../lib/metrics/catalogue.js';
import { metricsSchema } from '../lib/metrics/start.js';
import { serviceNames } from '../lib/paths.js';
import { remoteSchema } from '../lib/remote/config.js';
import { logSchema } from '../lib/service.js';
import { configSchema as dnsdConfig } from '../services/dnsd/config.js';
import * as dnsd from '../services/dnsd/domain/errors.js';
import { configSchema as imagedConfig } from '../services/imaged/config.js';
import * as imaged from '../services/imaged/domain/errors.js';
import { configSchema as netdConfig } from '../services/netd/config.js';
import * as netd from '../services/netd/domain/errors.js';
import { configSchema as vmmConfig } from '../services/vmm/config.js';
import * as vmm from '../services/vmm/domain/errors.js';
import { configSchema as supervisorConfig } from '../supervisor/config.js';
import * as supervisor from '../supervisor/errors.js';
import { bangerCommands, blocksOf, documents, skippedFor, skipReasons } from './support/documents.js';

/** What the documents say is held against the code, both ways. */

const roomReadmes = serviceNames.map((name) => `services/${name}/README.md`).filter((path) => existsSync(path));

const read = (path: string) => readFileSync(path, 'utf8');

/** The table rows below each heading of level two, as their cells. */
function tables(path: string): Record<string, string[][]> {
  const sections = read(path).split(/^## /m).slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      const rows = lines.filter((line) => /^\| `/.test(line));
      return [
        heading,
        rows.map((row) =>
          row
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ),
      ];
    }),
  );
}

const unquoted = (cell: string | undefined) => (cell ?? '').replaceAll('`', '');

const catalogues: [string, Readonly<Record<string, string>>][] = [
  ['Reasons that every part may give', commonReasons],
  ['vmm', vmm.reasons],
  ['netd', netd.reasons],
  ['imaged', imaged.reasons],
  ['dnsd', dnsd.reasons],
  ['supervisor', supervisor.reasons],
  ['Runtime bundles', bundleReasons],
  ['CLI', cli.reasons],
];

test.each(catalogues)('docs/errors.md has the reasons of "%s", and no other', (heading, reasons) => {
  const rows = tables('docs/errors.md')[heading] ?? [];
  expect(rows.map(([reason]) => unquoted(reason)).sort()).toEqual(Object.values(reasons).sort());
});

test('docs/errors.md has a table for every catalogue, and explains each reason by its kind, cause and remedy', () => {
  const { Kinds, ...rest } = tables('docs/errors.md');
  expect(Object.keys(rest).sort()).toEqual(catalogues.map(([heading]) => heading).sort());
  expect(Kinds?.map(([kind]) => unquoted(kind)).sort()).toEqual([...errorKinds].sort());
  for (const [, kinds, ...texts] of Object.values(rest).flat()) {
    const named = (kinds ?? '').replace(/\(.*\)/, '').split(',');
    for (const kind of named) expect(errorKinds).toContain(kind.trim());
    expect(texts.filter((text) => text !== '')).toHaveLength(2);
  }
});

test('docs/troubleshooting.md names reasons that there are, each with its way out', () => {
  const known = new Set(catalogues.flatMap(([, reasons]) => Object.values(reasons)));
  const [, table = ''] = read('docs/troubleshooting.md').split('\n## An error\n');
  const lines = (table.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| [^|]+ \| `/.test(line));
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const [, , reasons = '', remedy = ''] = line.split('|').map((cell) => cell.trim());
    const unknown = unquoted(reasons)
      .split(', ')
      .filter((reason) => !known.has(reason));
    expect({ line, unknown, told: remedy !== '' }).toEqual({ line, unknown: [], told: true });
  }
});

const sections: [string, { readonly shape: Readonly<Record<string, z.ZodType>> }][] = [
  ['[log]', logSchema],
  ['[metrics]', metricsSchema],
  ['[access]', accessSchema],
  ['[remote]', remoteSchema],
  ['[supervisor]', supervisorConfig],
  ['[netd]', netdConfig],
  ['[imaged]', imagedConfig],
  ['[vmm]', vmmConfig],
  ['[dnsd]', dnsdConfig],
];

test('docs/configuration.md has a table for every section that a file may have', () => {
  const headings = Object.keys(tables('docs/configuration.md')).filter((heading) => heading.startsWith('['));
  expect(headings).toEqual(configSections.map((section) => `[${section}]`));
  expect(sections.map(([heading]) => heading).sort()).toEqual([...headings].sort());
});

test.each(sections)(
  'docs/configuration.md has the keys of %s with their defaults, and no other',
  (heading, { shape }) => {
    const rows = tables('docs/configuration.md')[heading] ?? [];
    const described = rows.map(([key, value]) => [unquoted(key), JSON.parse(unquoted(value))]);
    const real = Object.entries(shape).map(([key, schema]) => [key, schema.parse(undefined)]);
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(real));
    expect(described).toHaveLength(real.length);
  },
);

const described = [...variables, ...ownVariables];

test('docs/configuration.md has every variable of the environment with what it is, and no other', () => {
  const rows = tables('docs/configuration.md').Environment ?? [];
  expect(rows.map(([name, is]) => [unquoted(name), is])).toEqual(described.map(({ name, is }) => [name, is]));
});

test('every variable of the environment that the code reads is described, and every other is read', () => {
  const files = ['bin', 'cli', 'lib', 'services', 'supervisor'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const sources = files.filter(
    (name) => /(\.ts|^bin\/\w+)$/.test(name) && !/\.test\.ts$|testing|environment\.ts$/.test(name),
  );
  const text = sources.map(read).join('\n');
  const found = [...text.matchAll(/(?:\benv\.([A-Z][A-Z_]+)|'(BANGER_[A-Z_]+)')/g)].map(
    ([, one, other]) => one ?? other ?? '',
  );
  const ofKeys = new RegExp(`^BANGER_(${configSections.join('|')})_`.toUpperCase());
  const names = described.map(({ name }) => name);
  expect([...new Set(found)].filter((name) => !names.includes(name) && !ofKeys.test(name))).toEqual([]);
  expect(found.length).toBeGreaterThan(10);
  expect(names.filter((name) => !name.includes('<') && !found.includes(name))).toEqual([]);
});

test('docs/metrics.md has every metric with its type, labels, who tells it and what it is, and no other', () => {
  const rows = Object.values(tables('docs/metrics.md')).flat();
  const documented = rows.map((cells) => cells.map((cell) => cell.replaceAll('`', '')));
  const real = Object.entries<MetricSpec>(metricCatalogue).map(([name, { type, labels, of, help }]) => {
    return [name, type, labels.join(', '), (of ?? ['all']).join(', '), help.replaceAll('`', '')];
  });
  expect(documented).toEqual(real);
});

test.each([...documents, ...roomReadmes])('the links of %s lead somewhere', (path) => {
  const targets = [...read(path).matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map(([, target]) => target ?? '');
  const inside = targets.filter((target) => !/^[a-z]+:/.test(target));
  expect(inside.filter((target) => !existsSync(join(dirname(path), target)))).toEqual([]);
});

/** Where a heading is reached: as GitHub names it. */
const placeOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');

const placesOf = (path: string) =>
  new Set([...read(path).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => placeOf(text)));

test.each(documents)('the places in documents that links of %s name exist', (path) => {
  const targets = [...read(path).matchAll(/\]\(([^)#:]*)#([^)]*)\)/g)];
  const missing = targets.filter(([, file = '', place = '']) => {
    const target = file === '' ? path : join(dirname(path), file);
    return !placesOf(target).has(place);
  });
  expect(missing.map(([link]) => link)).toEqual([]);
});

/** Backquoted paths, such as `lib/errors.ts`; not patterns, such as `lib/<name>.ts`. */
function pathsIn(path: string, start: RegExp): string[] {
  const quoted = [...read(path).matchAll(/`([\w./-]+)`/g)].map(([, text]) => text ?? '');
  return quoted.filter((text) => start.test(text));
}

test.each(documents)('the paths that %s names exist', (path) => {
  const named = pathsIn(
    path,
    /^(\.?\/?(lib|services|supervisor|cli|scripts|test|proto|docs|bin|images|packaging|clients)\/)/,
  );
  expect(named.filter((name) => !existsSync(name))).toEqual([]);
});

test.each(roomReadmes)('the files that %s names exist', (path) => {
  const named = pathsIn(path, /^(api|app|domain|host|peers|store|guest|images)\//);
  expect(named.filter((name) => !existsSync(join(dirname(path), name)))).toEqual([]);
});

/** What blocks may be in, and GitHub shows; `output` is what the commands before it write. */
const languages = ['sh', 'output', 'text', 'toml', 'json', 'python', 'go'];
const commandLine = /^(\$ |sudo |banger |npm |make |apt(-get)? |git |dig |curl |nft |systemctl )/m;

test.each(documents)('every block of %s says what it is, and none that is for a shell says another thing', (path) => {
  const blocks = blocksOf(read(path));
  expect(blocks.filter(({ language }) => !languages.includes(language))).toEqual([]);
  expect(blocks.filter(({ language, text }) => language === 'text' && commandLine.test(text))).toEqual([]);
  const indented = read(path).match(/^ {4}(\$ )?(sudo )?(banger|npm|make) .*/gm);
  expect(indented).toBeNull();
  const attributes = blocks.flatMap((block) => (skippedFor(block) === undefined ? block.attributes : []));
  expect(attributes).toEqual([]);
});

const shellBlocks = documents.flatMap((path) =>
  blocksOf(read(path))
    .filter(({ language }) => language === 'sh')
    .map((block) => ({ where: `${path}:${block.line}`, block })),
);

test('a block for a shell that is not run has one of the reasons, and each reason has a block', () => {
  const reasons = shellBlocks.flatMap(({ block }) => skippedFor(block) ?? []);
  expect([...new Set(reasons)].sort()).toEqual(Object.keys(skipReasons).sort());
});

test.each(shellBlocks)('banger understands the commands of $where', async ({ block }) => {
  for (const words of bangerCommands(block.text)) {
    const found = route(words);
    if (found.kind !== 'command') continue;
    const { command } = await found.load();
    expect({ words, mistakes: judge(command, split(command, found.args)).mistakes }).toEqual({ words, mistakes: [] });
  }
});

/** Which command it is, and with which options. */
function shapeOf(words: readonly string[]): string {
  const found = route(words);
  const options = words.slice(0, [...words, '--'].indexOf('--')).filter((word) => word.startsWith('-'));
  return [found.kind === 'command' ? found.path : '', ...options.sort()].join(' ');
}

test('what is said to be run elsewhere is', () => {
  const shapes = (choose: (reason: string | undefined) => boolean) =>
    shellBlocks
      .filter(({ block }) => choose(skippedFor(block)))
      .flatMap(({ block }) => bangerCommands(block.text).map(shapeOf));
  const run = new Set(shapes((reason) => reason === undefined));
  expect(shapes((reason) => reason === 'elsewhere').filter((shape) => !run.has(shape))).toEqual([]);
});

test('decisions have a number each, and each says its context, decision and consequences', () => {
  const names = readdirSync('docs/adr').sort();
  // A number may be given to a decision that is still to come.
  expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length);
  names.forEach((name) => {
    const number = name.slice(0, 4);
    expect(name).toMatch(/^\d{4}-[a-z0-9-]+\.md$/);
    const text = read(join('docs/adr', name));
    expect(text).toMatch(new RegExp(`^# ${number}: `));
    for (const heading of ['Context', 'Decision', 'Consequences']) expect(text).toContain(`\n## ${heading}\n`);
  });
});

test('every test that docs/security.md names is there', () => {
  const named = pathsIn('docs/security.md', /\.test\.ts$/);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});
