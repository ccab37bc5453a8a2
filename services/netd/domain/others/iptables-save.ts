import {
  type Chain,
  type Condition,
  type IptablesTool,
  protocolName,
  type Rule,
  unknown,
  type Verdict,
} from './ruleset.js';

/** The hooks of the table filter, by the names that iptables has for them: iptables(8), "TABLES". */
const hooks: Readonly<Record<string, string>> = { INPUT: 'input', FORWARD: 'forward', OUTPUT: 'output' };

/** The chains of the table filter, from what `iptables-save -t filter` prints: iptables-save(8). */
export function parseIptablesSave(tool: IptablesTool, text: string): Chain[] {
  const lines = text.split('\n');
  const policies = new Map(lines.flatMap((line) => parseChainLine(line) ?? []));
  const rules = new Map<string, Rule[]>([...policies.keys()].map((name) => [name, []]));
  for (const line of lines) {
    const match = /^-A (\S+) ?(.*)$/.exec(line);
    if (match) rules.get(match[1] ?? '')?.push(parseRule(match[2] ?? '', policies));
  }
  return [...policies].map(([name, policy]) => ({
    tool,
    family: tool.startsWith('ip6') ? 'ip6' : 'ip',
    table: 'filter',
    name,
    ...(policy === '-' ? {} : { hook: hooks[name], policy: policy === 'DROP' ? 'drop' : 'accept' }),
    rules: rules.get(name) ?? [],
  }));
}

function parseChainLine(line: string): [[string, string]] | undefined {
  const match = /^:(\S+) (\S+)/.exec(line);
  return match ? [[match[1] ?? '', match[2] ?? '']] : undefined;
}

/** Options that ask nothing of a packet, or no more than what follows them. */
const modules = ['tcp', 'udp', 'icmp', 'icmp6', 'ipv6-icmp', 'conntrack', 'state', 'addrtype', 'comment'];

interface Option {
  readonly negated: boolean;
  readonly name: string;
  readonly values: readonly string[];
}

function parseRule(text: string, chains: ReadonlyMap<string, string>): Rule {
  const options = toOptions(words(text));
  const comment = options.find(({ name }) => name === '--comment')?.values[0];
  const end = options.findIndex(({ name }) => name === '-j' || name === '-g');
  // What comes after the target is the target's own.
  const conditions = (end < 0 ? options : options.slice(0, end)).flatMap(conditionsOf);
  const target = end < 0 ? undefined : options[end];
  return { conditions, verdict: target && verdictOf(target, chains), comment, text };
}

function verdictOf({ name, values }: Option, chains: ReadonlyMap<string, string>): Verdict | undefined {
  const [target = ''] = values;
  if (name === '-g') return { kind: 'goto', target };
  if (chains.has(target)) return { kind: 'jump', target };
  if (target === 'ACCEPT') return { kind: 'accept' };
  if (target === 'DROP' || target === 'REJECT') return { kind: 'drop' };
  return target === 'RETURN' ? { kind: 'return' } : undefined;
}

function conditionsOf({ name, negated, values }: Option): Condition[] {
  const [value = ''] = values;
  const condition = (field: Condition['field'], list: readonly string[]) => [{ field, negated, values: list }];
  switch (name) {
    case '-i':
      return condition('in-link', [value.replace(/\+$/, '*')]);
    case '-o':
      return condition('out-link', [value.replace(/\+$/, '*')]);
    case '-s':
      return condition('source', [value]);
    case '-d':
      return condition('destination', [value]);
    case '-p':
      return condition('protocol', [protocolName(value)]);
    case '--dport':
      return condition('port', [value.replace(':', '-')]);
    case '--ctstate':
    case '--state':
      return condition('state', value.toLowerCase().split(','));
    case '--dst-type':
      return condition('destination-type', value.toLowerCase().split(','));
    case '--comment':
      return [];
    case '-m':
      return modules.includes(value) ? [] : [unknown];
    default:
      return [unknown];
  }
}

/** Options with their values; "!" stands before the option that it turns round. */
function toOptions(list: readonly string[]): Option[] {
  const options: { negated: boolean; name: string; values: string[] }[] = [];
  let negated = false;
  for (const word of list) {
    if (word === '!') negated = true;
    else if (word.startsWith('-')) {
      options.push({ negated, name: word, values: [] });
      negated = false;
    } else options.at(-1)?.values.push(word);
  }
  return options;
}

/** Words as iptables-save quotes them: in double quotes, with a backslash before what would end them. */
function words(text: string): string[] {
  const found = text.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  return found.map((word) => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word));
}
