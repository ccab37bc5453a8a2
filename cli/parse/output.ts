/** The ways to print a result. */
export const outputs = ['table', 'wide', 'json', 'name'] as const;
export type OutputKind = (typeof outputs)[number];

/** What --output and --json come to; a table when that cannot be read, for the mistake is told to somebody. */
export function outputOf(given: unknown, json: boolean): OutputKind {
  if (json) return 'json';
  return outputs.find((each) => each === given) ?? 'table';
}

/** Also for a command line that is not understood: the program that made it reads JSON. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  return words.some(
    (word, i) =>
      ['--json', '--output=json', '-o=json'].includes(word) ||
      (word === 'json' && ['--output', '-o'].includes(words[i - 1] ?? '')),
  );
}

/** The names of what a result is about: of each of its parts when it is a list. */
export function namesOf(json: unknown): string[] {
  const parts: readonly unknown[] = Array.isArray(json) ? json : [json];
  return parts.flatMap((part) => {
    const name = (part as { readonly name?: unknown } | undefined)?.name;
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
}
