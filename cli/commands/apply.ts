import { exitCodeOption, fileOption, planOption } from '../apply/options.js';
import { defineCommand } from '../define-command.js';

export const command = defineCommand({
  summary: 'Make VMs and images be what a file says',
  description:
    'Creates what is not there, changes what is otherwise, and leaves alone what is as it should be: a second time there is ' +
    'nothing to do. It is done whole or not at all: when something fails, or with Ctrl-C, what was done is put back. VMs that ' +
    'the file has no more stay without --prune; what cannot be changed in place is refused without --replace.',
  options: {
    file: fileOption,
    plan: planOption,
    'exit-code': exitCodeOption,
    prune: { type: 'flag', summary: 'Delete VMs of the project that the file has no more' },
    replace: { type: 'flag', summary: 'Delete and create anew VMs that cannot be changed in place' },
    adopt: { type: 'flag', summary: 'Take VMs that are of no project into this one' },
  },
  examples: [
    ['apply', 'what banger.toml says'],
    ['apply -f shop.toml --plan', 'what would be done'],
    ['apply --plan --exit-code', 'ends with 10 when there is something to do'],
    ['apply --prune', 'and delete what it does not name any more'],
  ],
  async run(ctx, { options: { file, plan, 'exit-code': exitCode, ...how } }) {
    const [{ runPlan }, { planOf }] = [await import('../apply/command.js'), await import('../apply/plan.js')];
    const verb = 'apply';
    return runPlan(ctx, { file, plan, exitCode, verb, planOf: (project, current) => planOf(project, current, how) });
  },
});
