import {
  ceilings,
  clockRows,
  type ImportRow,
  importRows,
  type OnlyRow,
  onlyRows,
  type ReachRow,
  reachRows,
  roomless,
  rooms,
} from './rules.js';
import { type Import, type Source, withoutExtension } from './source.js';

/** Each check returns its findings, one line each: where, what, and the reason of the rule. */

/** Tests, and what only tests use, may look behind every door. */
function isForTests(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.startsWith('test/') || /(^|\/)testing\//.test(path);
}

export function importFindings(sources: readonly Source[]): string[] {
  return sources.filter(({ path }) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path)).flatMap(rowFindings);
}

function rowFindings(source: Source): string[] {
  for (const row of importRows) {
    const room = matched(row.from, source.path);
    if (room === undefined) continue;
    return source.imports
      .filter((imported) => !allowed(row, room, imported))
      .map((imported) => finding(source, imported, row.because));
  }
  return [`${source.path} is in no room: test/architecture/rules.ts has no row for it`];
}

function allowed(row: ImportRow, room: RegExpMatchArray, { target, ours, typeOnly }: Import): boolean {
  const named = (pattern: string) => within(pattern.replaceAll('S', room.groups?.S ?? 'S'), target);
  if (!ours) return row.packages === undefined || row.packages.includes(target);
  return [row.from, ...row.may].some(named) || (typeOnly && (row.mayTypes ?? []).some(named));
}

export function onlyFindings(sources: readonly Source[], rows: readonly OnlyRow[] = onlyRows): string[] {
  return sources
    .filter(({ path }) => /\.tsx?$/.test(path) && !isForTests(path))
    .flatMap((source) =>
      source.imports.flatMap((imported) => {
        const row = rows.find(({ what }) => imported.target === what || imported.target.startsWith(`${what}/`));
        if (row === undefined) return [];
        const here = withoutExtension(source.path);
        return row.only.some((door) => within(door, here)) ? [] : [finding(source, imported, row.because)];
      }),
    );
}

/** What is made for tests is used by tests. */
export function testingFindings(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !isForTests(path))
    .flatMap((source) =>
      source.imports
        .filter(({ target, ours }) => ours && isForTests(`${target}.ts`))
        .map((imported) => finding(source, imported, 'what is made for tests is used by tests alone')),
    );
}

export function reachFindings(sources: readonly Source[], rows: readonly ReachRow[] = reachRows): string[] {
  const byModule = new Map(sources.map((source) => [withoutExtension(source.path), source]));
  return rows.flatMap((row) => {
    const findings: string[] = [];
    const seen = new Set<string>();
    const visit = (module: string, trail: readonly string[]): void => {
      if (seen.has(module) || row.onDemand?.some((pattern) => within(pattern, module))) return;
      seen.add(module);
      const path = [...trail, module];
      if (row.never.some((pattern) => within(pattern, module))) findings.push(`${path.join(' -> ')}: ${row.because}`);
      else for (const { target, typeOnly } of byModule.get(module)?.imports ?? []) if (!typeOnly) visit(target, path);
    };
    visit(row.from, []);
    return findings;
  });
}

/** Circles of imports, types included: modules that need each other are one module, or lack a third. */
export function cycleFindings(sources: readonly Source[]): string[] {
  const byModule = new Map(sources.map((source) => [withoutExtension(source.path), source]));
  const done = new Set<string>();
  const findings: string[] = [];
  const visit = (module: string, trail: readonly string[]): void => {
    const start = trail.indexOf(module);
    if (start >= 0) findings.push(`${[...trail.slice(start), module].join(' -> ')} is a circle`);
    if (start >= 0 || done.has(module)) return;
    for (const { target, ours } of byModule.get(module)?.imports ?? []) if (ours) visit(target, [...trail, module]);
    done.add(module);
  };
  for (const module of byModule.keys()) visit(module, []);
  return findings;
}

/** A clock that is set must not end a wait, nor prolong it: only what a row names reads it. */
export function clockFindings(sources: readonly Source[]): string[] {
  const allowed = clockRows.flatMap(({ may }) => may);
  return sources
    .filter(({ path }) => path.endsWith('.ts') && !isForTests(path) && !allowed.includes(withoutExtension(path)))
    .flatMap(({ path, clockReads }) =>
      clockReads.map((line) => `${path}:${line} reads the clock: what is measured is measured by performance.now()`),
    );
}

export function roomFindings(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path }) => {
    const [top, service, ...rest] = path.split('/');
    if (top !== 'services') return [];
    const [room = ''] = rest;
    // A test beside main.ts is one of the whole service.
    if (rest.length === 1 && room.endsWith('.test.ts')) return [];
    const known: readonly string[] = rest.length > 1 ? rooms : roomless;
    if (known.includes(withoutExtension(room))) return [];
    return [`${path}: a service has the rooms ${rooms.join(', ')}, and ${roomless.join(', ')}; ${service} has another`];
  });
}

export function sizeFindings(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const { path, lineCount } = source;
    const ceiling = /^services\/[^/]+\/main\.ts$/.test(path) ? ceilings.main : ceilings.file;
    const file = lineCount > ceiling ? [`${path} has ${lineCount} lines; the ceiling is ${ceiling}`] : [];
    const functions = source.functions.flatMap(({ name, line, lineCount, ownLineCount }) => {
      // A suite is a function that holds its tests.
      const count = isForTests(path) ? ownLineCount : lineCount;
      if (count <= ceilings.function) return [];
      return [`${path}:${line} ${name} has ${count} lines; the ceiling is ${ceilings.function}`];
    });
    return [...file, ...functions];
  });
}

function finding(source: Source, imported: Import, because: string): string {
  return `${source.path}:${imported.line} imports ${imported.target}: ${because}`;
}

function within(pattern: string, module: string): boolean {
  return pattern.endsWith('/') ? module.startsWith(pattern) : module === pattern;
}

/** `S` takes the name of a service. */
function matched(pattern: string, path: string): RegExpMatchArray | undefined {
  const named = pattern.replace('S', '(?<S>[^/]+)');
  const expression = pattern.endsWith('/') ? `^${named}` : `^${named}$`;
  return withoutExtension(path).match(new RegExp(expression)) ?? undefined;
}
