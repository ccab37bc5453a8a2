import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** What the rules need to know of a source file. */
export interface Source {
  /** From the repository's root, with its extension. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionSize[];
  /** The lines that ask what time it is by the clock, which anybody may set. */
  readonly clockReads: readonly number[];
}

export interface Import {
  /** A module of ours from the root and without its extension, or a package as it is written. */
  readonly target: string;
  readonly ours: boolean;
  /** Whether it is gone when the program runs. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface FunctionSize {
  readonly name: string;
  readonly line: number;
  readonly lineCount: number;
  /** Without the lines of the functions within. */
  readonly ownLineCount: number;
}

export function readSources(folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(tsx?|mjs)$/.test(name))
      .map((name) => join(folder, name))
      .sort()
      .map((path) => parseSource(path, readFileSync(path, 'utf8'))),
  );
}

export function parseSource(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  const functions: Mutable<FunctionSize>[] = [];
  const clockReads: number[] = [];
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node, outer?: Mutable<FunctionSize>): void => {
    let inner = outer;
    const found = importOf(node);
    if (found)
      imports.push({ ...resolved(path, found.specifier), typeOnly: found.typeOnly, line: lineOf(node.getStart()) });
    if (readsClock(node)) clockReads.push(lineOf(node.getStart()));
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const [line, last] = [lineOf(node.getStart()), lineOf(node.getEnd())];
      const lineCount = last - line + 1;
      if (outer) outer.ownLineCount -= lineCount - 1;
      inner = { name: node.name?.getText() ?? 'a function', line, lineCount, ownLineCount: lineCount };
      functions.push(inner);
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file);
  return { path, lineCount: text.replace(/\n$/, '').split('\n').length, imports, functions, clockReads };
}

/** `Date.now`, also when it is only handed on, and `new Date()` of nothing. */
function readsClock(node: ts.Node): boolean {
  const isDate = (named: ts.Node) => ts.isIdentifier(named) && named.text === 'Date';
  if (ts.isPropertyAccessExpression(node)) return isDate(node.expression) && node.name.text === 'now';
  return ts.isNewExpression(node) && isDate(node.expression) && (node.arguments ?? []).length === 0;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Found {
  /** Undefined when it is computed. */
  readonly specifier: string | undefined;
  readonly typeOnly: boolean;
}

function importOf(node: ts.Node): Found | undefined {
  if (ts.isImportDeclaration(node)) return named(node.moduleSpecifier, isTypeImport(node.importClause));
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) return named(node.moduleSpecifier, isTypeExport(node));
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return named(node.argument.literal, true);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return named(node.arguments[0], false);
  }
  return undefined;
}

function named(specifier: ts.Node | undefined, typeOnly: boolean): Found {
  if (specifier && ts.isStringLiteralLike(specifier)) return { specifier: specifier.text, typeOnly };
  return { specifier: undefined, typeOnly };
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  if (clause.name || bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isTypeExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  const clause = node.exportClause;
  return clause !== undefined && ts.isNamedExports(clause) && clause.elements.every((element) => element.isTypeOnly);
}

function resolved(from: string, specifier: string | undefined): { target: string; ours: boolean } {
  // What cannot be read cannot be checked: no rule allows it.
  if (specifier === undefined) return { target: 'what cannot be known before it runs', ours: true };
  if (!specifier.startsWith('.')) return { target: specifier, ours: false };
  return { target: withoutExtension(normalize(join(dirname(from), specifier))), ours: true };
}

export function withoutExtension(path: string): string {
  return path.replace(/\.(tsx?|js|mjs)$/, '');
}
