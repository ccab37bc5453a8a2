/** Variables on a command line: NAME=VALUE. */

/** What is wrong with one, or undefined. */
export function variableProblem(word: string): string | undefined {
  if (/^[A-Za-z_]\w*=/.test(word)) return undefined;
  return `${JSON.stringify(word)} is no NAME=VALUE`;
}

/** The last of several of one name counts. */
export function parseVariables(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
}
