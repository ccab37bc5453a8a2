/** The text of a user's own configuration of ssh, with and without the line of ours: ssh_config(5). Pure. */

/** The line before ours: what does not stand below it is not ours. */
export const mark = '# Made by `banger ssh-config install`; `banger ssh-config uninstall` removes it.';

/**
 * The text that has `file` included for all hosts. That holds only before the first `Host` or `Match`, and of each setting ssh
 * takes the first, so that the line goes to the top. A text that includes it already is returned as it is.
 */
export function withInclude(text: string | undefined, file: string): string {
  if (text === undefined) return block(file);
  if (includes(text, file)) return text;
  return `${block(file)}\n${withoutInclude(text) ?? ''}`;
}

/** The text as it was before `withInclude`, wherever our lines are by now; undefined for a file that was made for them. */
export function withoutInclude(text: string): string | undefined {
  const lines = text.split('\n');
  const at = lines.indexOf(mark);
  if (at < 0) return text;
  const ours = includeLine.test(lines[at + 1] ?? '') ? 2 : 1;
  const isWhole = at === 0 && lines.length === ours + 1 && lines[ours] === '';
  if (isWhole) return undefined;
  const gap = at === 0 && lines[ours] === '' ? 1 : 0;
  return [...lines.slice(0, at), ...lines.slice(at + ours + gap)].join('\n');
}

/** Whether a text includes `file` for all hosts, by our line or by one of the user's. */
export function includes(text: string, file: string): boolean {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => /^\s*(host|match)[\s=]/i.test(line));
  const forAll = first < 0 ? lines : lines.slice(0, first);
  return forAll.some((line) => {
    const [, words = ''] = includeLine.exec(line) ?? [];
    return words.includes(quoted(file)) || words.trim().split(/\s+/).includes(file);
  });
}

const includeLine = /^\s*include[\s=]+(.*)$/i;

function block(file: string): string {
  return `${mark}\nInclude ${quoted(file)}\n`;
}

/** As one word that means this one file: ssh reads quotes and backslashes, and then looks for the files of a pattern. */
function quoted(file: string): string {
  const asPattern = file.replace(/[\\*?[]/g, '\\$&');
  return `"${asPattern.replace(/[\\"]/g, '\\$&')}"`;
}
