import type { Style } from '../render/style.js';
import { printable } from '../render/text.js';
import type { Stop } from '../resolver/lookup.js';
import type { Step } from '../resolver/plan.js';

/** What would be done, as commands and files. */
export function stepLines(steps: readonly Step[]): string[] {
  if (steps.length === 0) return ['There is nothing to do.'];
  return steps.flatMap((step) => {
    if (step.do === 'run') return [`run ${step.argv.join(' ')}`];
    if (step.do === 'remove') return [`remove ${step.path}`];
    const lines = step.text.trimEnd().split('\n');
    return [`write ${step.path}:`, ...lines.map((line) => `  ${line}`)];
  });
}

/** The way of a lookup, a line for each place on it, and the verdict. */
export function lookupReport(name: string, works: boolean, stops: readonly Stop[], style: Style): string {
  const width = Math.max(...stops.map(({ at }) => at.length));
  const lines = stops.flatMap(({ at, ok, found, remedy }) => {
    const sign = ok ? style.green('✓') : style.red('✗');
    const way = remedy === '' ? [] : [`${' '.repeat(width + 6)}→ ${remedy}`];
    return [`  ${sign} ${at.padEnd(width)}  ${printable(found)}`, ...way];
  });
  const failing = stops.find(({ ok }) => !ok)?.at;
  const verdict = works
    ? style.green(`Programs on this host find ${name}.`)
    : style.red(`Programs on this host do not find ${name}: the lookup fails at "${failing}".`);
  return [style.bold(printable(name)), ...lines, '', verdict].join('\n');
}
