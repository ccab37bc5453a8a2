/** The command line, as `--name value`. */

const withValue = [
  ...['api-sock', 'id', 'config-file', 'metadata', 'log-path', 'level', 'module', 'metrics-path', 'seccomp-filter'],
  ...['http-api-max-payload-size', 'mmds-size-limit', 'start-time-us', 'start-time-cpu-us', 'parent-cpu-time-us'],
  'describe-snapshot',
];
const alone = [
  ...['no-api', 'show-level', 'show-log-origin', 'boot-timer', 'enable-pci', 'no-seccomp', 'version', 'help'],
  'snapshot-version',
];
const conflicts = [
  ['no-api', 'api-sock'],
  ['no-seccomp', 'seccomp-filter'],
] as const;

/** A flag without a value has an empty one. */
export type Arguments = ReadonlyMap<string, string>;

/** A command line that is refused: what it says, and what Rust's debugging output calls it. */
export class ArgumentError extends Error {
  constructor(
    message: string,
    readonly kind: string,
  ) {
    super(message);
  }
}

export function parseArguments(argv: readonly string[]): Arguments {
  const found = new Map<string, string>();
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const name = argument.replace(/^--/, '');
    const isKnown = argument.startsWith('--') && [...withValue, ...alone].includes(name);
    if (!isKnown) {
      const problem = `Found argument '${name}' which wasn't expected, or isn't valid in this context.`;
      throw new ArgumentError(problem, `UnexpectedArgument("${name}")`);
    }
    if (found.has(name)) {
      throw new ArgumentError(`The argument '${name}' was provided more than once.`, `DuplicateArgument("${name}")`);
    }
    found.set(name, withValue.includes(name) ? nextValue(name, rest.shift()) : '');
  }
  if (!['help', 'version', 'snapshot-version'].some((name) => found.has(name))) checkTogether(found);
  return found;
}

function nextValue(name: string, value: string | undefined): string {
  if (value !== undefined && !value.startsWith('--')) return value;
  const problem = `The argument '${name}' requires a value, but none was supplied.`;
  throw new ArgumentError(problem, `MissingValue("${name}")`);
}

function checkTogether(found: Arguments): void {
  for (const [one, other] of conflicts) {
    if (!found.has(one) || !found.has(other)) continue;
    const problem = `Argument '${other}' cannot be used together with argument '${one}'.`;
    throw new ArgumentError(problem, `ForbiddenArgument("${other}", "${one}")`);
  }
  if (found.has('no-api') && !found.has('config-file')) {
    throw new ArgumentError("Argument 'config-file' required, but not found.", 'MissingArgument("config-file")');
  }
}
