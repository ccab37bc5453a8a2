import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What documents say in fenced blocks, and how those for a shell are marked. docs/adr/0029 has the reasons. */

/** Everything that users read, and those who work on banger. */
export const documents: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'clients/go/README.md', 'clients/python/README.md'],
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
    .sort(),
];

/** Why a block for a shell is not run by the suite that runs the others, as in ```sh skip=terminal. */
export const skipReasons = {
  setup: 'makes a checkout or installs banger; the suites quickstart and installed do that, and npm test itself',
  terminal: 'waits for keys; the suites of the console, of exec and of the screen press them',
  foreground: 'runs until it is told to end; the suite foreground tells it',
  network: 'needs registries or package archives, and suites have no network',
  systemd: 'changes how this host starts, or asks its resolver; the suites resolvers and installed have hosts for that',
  'other-host': 'runs on a second host',
  client:
    "needs clients such as Ansible, or changes their settings in the reader's home; the suite into-guests has both",
  firecracker: "needs KVM and Firecracker; the suites of Firecracker have a stand-in's",
  elsewhere: 'is run in another document, with all that goes before it; a unit test holds the two together',
  example: 'shows how a command is called, in a reference that is generated',
  developer: 'builds or tests banger itself',
} as const;

export interface Block {
  /** Where the fence begins. */
  readonly line: number;
  /** The first word behind the fence: the language, empty when there is none. */
  readonly language: string;
  /** The others. */
  readonly attributes: readonly string[];
  readonly text: string;
}

/** The fenced blocks of a document, in its order. */
export function blocksOf(markdown: string): Block[] {
  const fence = /^```([^\n`]*)\n([\s\S]*?)^```$/gm;
  return [...markdown.matchAll(fence)].map((match) => {
    const [, info = '', text = ''] = match;
    const [language = '', ...attributes] = info.trim().split(/\s+/);
    return { line: markdown.slice(0, match.index).split('\n').length, language, attributes, text };
  });
}

/** Why a block is not run; undefined when it is. */
export function skippedFor({ attributes }: Block): string | undefined {
  return attributes.find((attribute) => attribute.startsWith('skip='))?.slice('skip='.length);
}

/** Operators of a shell that end a command. */
const operator = /^[;|&<>()]+$/;
const redirection = /^\d*[<>]/;

/** The words of each command of banger in a script; what is put together as the script runs is left as it stands. */
export function bangerCommands(script: string): string[][] {
  const lines = script
    .replace(/<<'(\w+)'[^\n]*\n[\s\S]*?^\1$/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  return lines.flatMap((line) => commandsOf(line.replace(/(^|\s)#.*$/, '')));
}

function commandsOf(line: string): string[][] {
  const tokens = line.match(/"[^"]*"|'[^']*'|\d*[<>]+&?\s*[^\s;|&<>()]+|[;|&<>()]+|[^\s;|&<>()"']+/g) ?? [];
  const commands: string[][] = [[]];
  for (const token of tokens) {
    if (operator.test(token)) commands.push([]);
    else if (!redirection.test(token)) commands.at(-1)?.push(token.replace(/^(["'])(.*)\1$/, '$2'));
  }
  const afterName = (words: string[]) => words.slice(words.indexOf('banger') + 1);
  return commands.filter((words) => words.includes('banger') && words[0] !== 'cd').map(afterName);
}

/** Commands that are run one after the other, and what they are told to write. */
export interface ShellStep {
  readonly line: number;
  readonly script: string;
  /** From a block of output that follows; undefined when nothing is said about it. */
  readonly output: string | undefined;
}

/** The blocks of a document that a shell runs. */
export function stepsOf(path: string): ShellStep[] {
  const blocks = blocksOf(readFileSync(path, 'utf8'));
  return blocks.flatMap((block, index) => {
    if (block.language !== 'sh' || skippedFor(block) !== undefined) return [];
    const next = blocks[index + 1];
    const output = next?.language === 'output' ? next.text : undefined;
    return [{ line: block.line, script: block.text, output }];
  });
}

/** Those that lead through a task, from its beginning to its end. */
const leadsThrough = /^(README|docs\/tutorial|docs\/howto\/[\w-]+)\.md$/;

const withCommands = () => documents.filter((path) => stepsOf(path).length > 0);

/** Documents whose commands need guests that answer. */
export const withGuests = (): string[] => withCommands().filter((path) => leadsThrough.test(path));

/** Documents whose commands need none. */
export const withoutGuests = (): string[] => withCommands().filter((path) => !leadsThrough.test(path));

/**
 * What an output that is told of looks like: `…` in a line is any text, also none; a line of `…` alone any number of
 * lines, also none. Space at the end of a line does not count.
 */
export function outputPattern(told: string): RegExp {
  const lines = told.trimEnd().split('\n');
  const parts = lines.map((line) => {
    if (line === '…') return '(?:[^\\n]*\\n)*?';
    const texts = line.split('…').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return `${texts.join('[^\\n]*')}[ \\t]*\\n`;
  });
  return new RegExp(`^${parts.join('')}$`);
}
