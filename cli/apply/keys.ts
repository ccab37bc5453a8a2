import { dnsLabelProblem } from '../../lib/dns-label.js';
import { labelMistakes } from '../../lib/labels/labels.js';
import { sourceProblem } from '../../lib/network-policy/check.js';
import { readEgressRule, readPublication } from '../../lib/network-policy/words.js';
import { type Parsed, parseCount, parseMebibytes } from '../parse/size.js';
import { hypervisorOption, initOption, restartOption } from '../vm-choices.js';
import type { VmShape } from './shape.js';

/** The keys of a VM in the file, by what they become, and how each value is read. */

/** What is wrong with a value; `at` is where in it. */
export interface ValueMistake {
  readonly at: readonly (string | number)[];
  readonly description: string;
}

type Read<T> = { readonly value: T } | { readonly mistakes: readonly ValueMistake[] };
type Reader<T> = (value: unknown) => Read<T>;

interface Key<T> {
  readonly key: string;
  readonly read: Reader<T>;
}

const wrong = (description: string): { readonly mistakes: readonly ValueMistake[] } => {
  return { mistakes: [{ at: [], description }] };
};

const text: Reader<string> = (value) =>
  typeof value === 'string' && value !== '' ? { value } : wrong(`must be a text in quotes, is ${told(value)}`);

const flag: Reader<boolean> = (value) =>
  typeof value === 'boolean' ? { value } : wrong(`must be true or false, is ${told(value)}`);

const choice =
  (choices: readonly string[]): Reader<string> =>
  (value) =>
    typeof value === 'string' && choices.includes(value)
      ? { value }
      : wrong(`must be ${choices.map((one) => `"${one}"`).join(' or ')}, is ${told(value)}`);

const number =
  (parse: (text: string, zero?: boolean) => Parsed, zero: boolean): Reader<number> =>
  (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return wrong(`must be a number, is ${told(value)}`);
    const read = parse(String(value), zero);
    return 'value' in read ? read : wrong(read.problem);
  };

/** A list of words, each of which is judged. */
const words =
  (problemOf: (word: string) => string | undefined): Reader<readonly string[]> =>
  (value) => {
    if (!Array.isArray(value)) return wrong(`must be a list, such as ["…"], is ${told(value)}`);
    const mistakes = value.flatMap((word, i) => {
      const problem = typeof word === 'string' ? problemOf(word) : `must be a text in quotes, is ${told(word)}`;
      return problem === undefined ? [] : [{ at: [i], description: problem }];
    });
    return mistakes.length > 0 ? { mistakes } : { value };
  };

/** Only banger's own clients use these keys. */
export const ownPrefix = 'banger.';

/** A table of texts, whose entries are judged together. */
const texts =
  (example: string, mistakesOf: (given: VmShape['labels']) => readonly ValueMistake[]): Reader<VmShape['labels']> =>
  (value) => {
    if (!isTable(value)) return wrong(`must be a table, such as ${example}, is ${told(value)}`);
    const entries = Object.entries(value);
    const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
    const given = Object.fromEntries(entries.filter(isText));
    const others = entries.filter((entry) => !isText(entry));
    const mistakes = [
      ...others.map(([key, one]) => ({ at: [key], description: `must be a text in quotes, is ${told(one)}` })),
      ...mistakesOf(given),
    ];
    return mistakes.length > 0 ? { mistakes } : { value: given };
  };

function mistakesOfLabels(given: VmShape['labels']): ValueMistake[] {
  const own = Object.keys(given).filter((key) => key.startsWith(ownPrefix));
  return [
    ...own.map((key) => ({ at: [key], description: `a key that begins with "${ownPrefix}" is banger's own` })),
    ...labelMistakes(given).map(({ key, description }) => ({ at: key === '' ? [] : [key], description })),
  ];
}

const problemOf = (read: object) => ('problem' in read ? String(read.problem) : undefined);

export const keys: { readonly [K in keyof VmShape]: Key<VmShape[K]> } = {
  image: { key: 'image', read: text },
  kernel: { key: 'kernel', read: text },
  init: { key: 'init', read: choice(initOption.choices) },
  cpus: { key: 'cpus', read: number(parseCount, false) },
  memory: { key: 'memory', read: number(parseMebibytes, false) },
  disk: { key: 'disk', read: number(parseMebibytes, false) },
  workDisk: { key: 'work_disk', read: number(parseMebibytes, true) },
  nat: { key: 'nat', read: flag },
  aliases: { key: 'aliases', read: words(dnsLabelProblem) },
  ip: { key: 'ip', read: text },
  mac: { key: 'mac', read: text },
  allowFrom: { key: 'allow_from', read: words(sourceProblem) },
  egress: { key: 'egress', read: words((word) => problemOf(readEgressRule(word))) },
  publish: { key: 'publish', read: words((word) => problemOf(readPublication(word))) },
  hypervisor: { key: 'hypervisor', read: choice(hypervisorOption.choices) },
  restart: { key: 'restart', read: choice(restartOption.choices) },
  autostart: { key: 'autostart', read: flag },
  autostartOrder: { key: 'autostart_order', read: number(parseCount, true) },
  labels: { key: 'labels', read: texts('{ app = "ci" }', mistakesOfLabels) },
  // vmm says which can be told to a guest.
  environment: { key: 'env', read: texts('{ LANG = "C" }', () => []) },
  userData: { key: 'user_data', read: text },
  running: { key: 'running', read: flag },
};

export const shapeNames = Object.keys(keys) as (keyof VmShape)[];

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A value as a message tells it: what it is, or what kind of thing. */
export function told(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return value === '' ? 'empty' : `"${value}"`;
  return isTable(value) ? 'a table' : String(value);
}
