import { unlessAborted } from '../../../lib/clock.js';
import type { OnGuestAnswer } from '../app/ports.js';
import { nameText } from '../domain/answered-addresses.js';
import { addressesIn } from './answered.js';
import type { Asker } from './endpoint.js';
import type { Forward } from './responder.js';
import { readMessage } from './wire.js';
import { within } from './within.js';

export interface GuestResolverOptions {
  readonly forward: Forward;
  readonly onGuestAnswer?: OnGuestAnswer;
}

/** How long a guest waits for `onGuestAnswer`: its own resolver still waits for us then. */
const hearingMs = 1_000;

/** Gives guests the answers of other name servers. */
export class GuestResolver {
  constructor(private readonly options: GuestResolverOptions) {}

  readonly forward: Forward = async (query, asker, limit) => {
    const reply = await this.options.forward(query, asker, limit);
    const { onGuestAnswer } = this.options;
    if (reply && query.question && onGuestAnswer) {
      await tell(onGuestAnswer, reply, nameText(query.question.labels), asker);
    }
    return reply;
  };
}

async function tell(onGuestAnswer: OnGuestAnswer, reply: Buffer, name: string, asker: Asker): Promise<void> {
  const message = readMessage(reply);
  const found = message && addressesIn(message);
  if (found === undefined) return;
  const answer = { asker: asker.address, name, ...found };
  await within(hearingMs, undefined, (signal) => unlessAborted(onGuestAnswer(answer), signal));
}
