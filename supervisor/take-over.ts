import { type HandOverRequest, SupervisorServiceService } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { BangerError, commonReasons, isBangerError } from '../lib/errors.js';
import { goneWithin, identify } from '../lib/host/process.js';
import { createClient } from '../lib/rpc/client.js';
import type { RpcClient } from '../lib/rpc/contract.js';
import { rollOverUnderWay, takeOverRefused } from './errors.js';
import type { ServiceKeeper } from './keeper.js';
import type { Supervisor } from './supervisor.js';

/** What a supervisor took over from. */
export interface Former {
  readonly fromBuildId: string;
  readonly fromVersion: string;
}

type Client = RpcClient<typeof SupervisorServiceService>;

/** Four services that need all the time they may have, and the supervisor itself. */
const endMs = 90_000;

/**
 * The side of a roll-over that takes. First every service stands by, in this build: when one of them cannot, nothing has
 * happened, and the other supervisor goes on. Then the services change hands in the order of their start, each when the one
 * before is healthy, so that each is away for as long as it takes to let go of its socket and to read its state.
 *
 * A supervisor that dies while it gives has no services any more: they are started as after any crash. One that dies while it
 * takes gives back what it had: supervisor/hand-over.ts.
 */
export async function takeOver(supervisor: Supervisor, socket: string): Promise<Former> {
  const client = createClient(SupervisorServiceService, 'the supervisor that runs', socket);
  try {
    const { buildId, version, pid } = await client.getStatus({});
    const former = identify(pid);
    await standBy(supervisor.keepers());
    // Somebody was quicker.
    if ((await client.getStatus({})).pid !== pid) throw rollOverUnderWay();
    await receive(client, supervisor);
    if (former && !(await goneWithin(former, endMs))) {
      throw takeOverRefused(`the supervisor that runs, process ${pid}, does not end`);
    }
    return { fromBuildId: buildId, fromVersion: version };
  } finally {
    client.close();
  }
}

/** Whether this build could take over: every service stands by. Touches nothing, and ends them again. */
export async function checkTakeOver(supervisor: Supervisor): Promise<void> {
  try {
    await standBy(supervisor.keepers());
  } finally {
    await supervisor.stop();
  }
}

/** Rejects with all that is wrong. */
async function standBy(keepers: readonly ServiceKeeper[]): Promise<void> {
  const results = await Promise.allSettled(keepers.map((keeper) => keeper.prepare()));
  const whys = results.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [];
    const why = result.reason instanceof BangerError ? result.reason.metadata.why : undefined;
    return [`${keepers[index]?.spec.name}: ${why ?? result.reason}`];
  });
  if (whys.length > 0) throw takeOverRefused(whys.join('; '));
}

/** Has each service given over, and starts its own at once. */
async function receive(client: Client, supervisor: Supervisor): Promise<void> {
  const hands = supervisor.keepers().map((keeper) => new ChangeOfHands(keeper));
  try {
    for await (const { released } of client.handOver(stepsOf(hands))) {
      await hands.find(({ keeper }) => keeper.spec.name === released)?.start(supervisor);
    }
  } catch (error) {
    // One that has died gives nothing any more, and stands in nobody's way.
    if (isBangerError(error, commonReasons.SERVICE_UNREACHABLE)) return;
    if (!isBangerError(error) || error.kind !== 'unsupported') throw error;
    // One of before hand-overs: it stops as a whole.
    await client.shutdown({});
  }
}

async function* stepsOf(hands: readonly ChangeOfHands[]): AsyncIterable<HandOverRequest> {
  for (const each of hands) {
    yield each.release();
    await each.done;
  }
  yield { step: { $case: 'finish', value: true } };
}

/** One service on its way from the other supervisor to us. */
class ChangeOfHands {
  #since = 0;
  #finish: () => void = () => undefined;
  readonly done = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  constructor(readonly keeper: ServiceKeeper) {}

  release(): HandOverRequest {
    this.#since = performance.now();
    return { step: { $case: 'release', value: this.keeper.spec.name } };
  }

  async start(supervisor: Supervisor): Promise<void> {
    await supervisor.startOne(this.keeper, this.#since);
    this.#finish();
  }
}
