/** Labels: words that people and programs put on things to find them again. Pure. */

export type Labels = Readonly<Record<string, string>>;

/** What one thing may bear. Lengths in characters. */
export const labelLimits = { count: 64, keyLength: 63, valueLength: 63 } as const;

/** No character that means something in a selector, on a command line or in a file's name but "/". */
const keyPattern = /^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/;
const valuePattern = /^([A-Za-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9])?)?$/;

/** Says what is wrong with a key, or undefined when it is right. */
export function labelKeyProblem(key: string): string | undefined {
  if (key === '') return 'a key must not be empty';
  if (key.length > labelLimits.keyLength) {
    return `a key must have at most ${labelLimits.keyLength} characters, has ${key.length}`;
  }
  if (keyPattern.test(key)) return undefined;
  return `the key "${key}" must be letters, digits, ".", "_", "/" and "-", a letter or digit at both ends`;
}

/** Says what is wrong with a value, or undefined when it is right; an empty one is. */
export function labelValueProblem(value: string): string | undefined {
  if (value.length > labelLimits.valueLength) {
    return `a value must have at most ${labelLimits.valueLength} characters, has ${value.length}`;
  }
  if (valuePattern.test(value)) return undefined;
  return `the value "${value}" must be letters, digits, ".", "_", "/", ":" and "-", a letter or digit at both ends`;
}

/** Every mistake in labels, each with the key that it is about; one about all of them has none. */
export function labelMistakes(labels: Labels): { readonly key: string; readonly description: string }[] {
  const entries = Object.entries(labels);
  const { count } = labelLimits;
  const many = `must be at most ${count}, are ${entries.length}`;
  const each = entries.flatMap(([key, value]) =>
    [labelKeyProblem(key), labelValueProblem(value)].flatMap((description) =>
      description ? [{ key, description }] : [],
    ),
  );
  return [...(entries.length > count ? [{ key: '', description: many }] : []), ...each];
}

/** The value of a key, or undefined: also for what every object has, such as "constructor". */
export function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** The one form that equal labels have: by key. */
export function canonicalLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export type ReadLabel = { readonly value: readonly [key: string, value: string] } | { readonly problem: string };

/** A label as a word of a command line, "app=ci"; "app" alone, or with nothing behind, has an empty value. */
export function readLabel(word: string): ReadLabel {
  const at = word.indexOf('=');
  const [key, value] = at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
  const problem = labelKeyProblem(key) ?? labelValueProblem(value);
  return problem === undefined ? { value: [key, value] } : { problem: `"${word}": ${problem}` };
}

/** As `readLabel` reads it. */
export function labelText([key, value]: readonly [string, string]): string {
  return `${key}=${value}`;
}
