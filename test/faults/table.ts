import type { Result } from './harness.js';

const introduction = `# Faults: every service killed at every step

Made by \`npm run faults\`; do not edit. A step is an effect on the host, which the service's journal has before
(\`intent\`) and after (\`effect\`): the service that is named under *killed* gets SIGKILL between the two moments. Then it is
started again by the supervisor, and everything is looked at: the VM came to what was asked for (*reached*), or is as it
was before, and the caller was told so (*undone*); no process, tap, route, rule, address, lease, mount, cgroup, jail, folder or file is
there that belongs to nobody; the databases of all services and the kernel agree; no intent is left open; and after the VM
is deleted the host is as it was. *not met*: this time the verb did not come to that step.

The steps come from the services themselves: \`services/<s>/app/effects.ts\` says which there are, the verb is done once to
see which it takes, and a test holds that every step of the code is taken by a verb here.
`;

/** Whether a kill did no harm. */
export function isGood({ outcome, orphans }: Result): boolean {
  return ['reached', 'undone', 'not met'].includes(outcome) && orphans.length === 0;
}

/** The whole of docs/faults.md. */
export function renderTable(results: readonly Result[]): string {
  const titles = [...new Set(results.map(titleOf))];
  const groups = titles.map((title) => ({ title, of: results.filter((result) => titleOf(result) === title) }));
  const overview = groups.map(({ title, of }) => `| ${title} | ${Object.values(countsOf(of)).join(' | ')} |`);
  return [
    introduction,
    '| verb | kills | reached | undone | not met | bad | orphans |',
    '|---|---|---|---|---|---|---|',
    ...overview,
    `| all | ${Object.values(countsOf(results)).join(' | ')} |`,
    '',
    ...groups.map(({ title, of }) => section(title, of)),
  ].join('\n');
}

function titleOf({ guests, verb }: Result): string {
  return guests === 'real' ? `${verb}, with a real guest` : verb;
}

/** In the order of the overview. */
function countsOf(results: readonly Result[]) {
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  return {
    kills: results.length,
    reached: count('reached'),
    undone: count('undone'),
    notMet: count('not met'),
    bad: results.filter((result) => !isGood(result)).length,
    orphans: results.reduce((sum, result) => sum + result.orphans.length, 0),
  };
}

function section(title: string, results: readonly Result[]): string {
  const rows = results.map(({ kill, outcome, orphans }) => {
    const { service, verb: within, step, edge } = kill;
    return `| ${service} ${within} | ${step} | ${edge} | ${kill.kill} | ${outcome} | ${orphans.join('; ') || 'none'} |`;
  });
  const head = ['| within | step | moment | killed | outcome | orphans |', '|---|---|---|---|---|---|'];
  return [`## ${title}`, '', ...head, ...rows, ''].join('\n');
}
