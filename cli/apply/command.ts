import type { Context } from '../context.js';
import type { Result } from '../define-command.js';
import { usageError } from '../errors.js';
import { VmFollower } from '../vm-progress.js';
import { carryOut } from './carry-out.js';
import { currentState, vmMistakes } from './current.js';
import { Deeds } from './deeds.js';
import type { Project } from './file.js';
import { type LoadedFile, loadFile, refuseMistakes } from './load.js';
import { type Current, isEmpty, type Plan } from './plan.js';
import { refusalOf } from './refusals.js';
import { stagesOf } from './steps.js';
import { doneText, nextText, planJson, planText, waitingFor } from './view.js';

/** What `apply` and `destroy` have in common. */

/** The exit code that says that a plan has something to do. */
const changesExitCode = 10;

export interface Asked {
  readonly file: string | undefined;
  readonly plan: boolean;
  readonly exitCode: boolean;
  /** Completes "cannot …" with the name of the file. */
  readonly verb: 'apply' | 'destroy';
  planOf(project: Project, current: Current): Plan;
}

/** Reads the file, makes the plan of it and of what there is, and carries it out unless only the plan is wanted. */
export async function runPlan(
  ctx: Context,
  { file: given = 'banger.toml', plan: only, exitCode, ...asked }: Asked,
): Promise<Result> {
  if (exitCode && !only)
    throw usageError([{ field: '--exit-code', description: 'goes with --plan' }], help(asked.verb));
  const file = await loadFile(ctx, given);
  await checkFile(ctx, file);
  const plan = asked.planOf(file.project, await currentState(ctx, file.project));
  const what = `${asked.verb} ${file.name}`;
  const refusal = refusalOf(what, plan.refusals);
  if (only) {
    const code = exitCode && !isEmpty(plan) ? { exitCode: changesExitCode } : {};
    return {
      json: planJson(plan, false),
      text: (style) => planText(plan, style),
      errors: refusal ? [refusal] : [],
      ...code,
    };
  }
  if (refusal) throw refusal;
  await carryOutPlan(ctx, file, what, plan);
  return resultOf(plan);
}

const help = (verb: string) => `banger ${verb} --help`;

/** Every mistake at once; those that vmm finds are of VMs without others. */
async function checkFile(ctx: Context, file: LoadedFile): Promise<void> {
  const { mistakes, project } = file;
  // Mistakes that are known already do not wait for a vmm that is away.
  const found = await vmMistakes(ctx, project).catch((error: unknown) => {
    if (mistakes.length === 0) throw error;
    return [];
  });
  refuseMistakes(file, [...mistakes, ...found]);
}

async function carryOutPlan(ctx: Context, { folder }: LoadedFile, what: string, plan: Plan): Promise<void> {
  const follower = new VmFollower(
    ctx,
    plan.vms.map(({ name }) => name),
  );
  follower.start();
  try {
    const deeds = new Deeds(ctx, folder, follower);
    const onRollback = () => ctx.note('it cannot be done whole: what was done is put back');
    await carryOut({ what, stages: stagesOf(plan), perform: deeds.perform, signal: ctx.signal, onRollback });
  } finally {
    follower.stop();
  }
}

function resultOf(plan: Plan): Result {
  const waiting = waitingFor(plan);
  const restart = waiting.length === 0 ? [] : [`takes full effect with \`banger vm restart ${waiting.join(' ')}\``];
  return {
    json: planJson(plan, true),
    text: (style) => {
      if (isEmpty(plan)) return planText(plan, style);
      return [planText(plan, style), '', `${doneText(plan)}; ${nextText(plan, style)}`, ...restart].join('\n');
    },
  };
}
