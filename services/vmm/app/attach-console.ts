import { invalidRequest } from '../../../lib/errors.js';
import { wrongState } from '../domain/errors.js';
import { endOf } from './guest.js';
import type { Machines } from './machines.js';
import type { Keyboard } from './ports.js';
import { requireVm } from './verbs.js';
import type { World } from './world.js';

/** What a caller sends: the first says which VM, all say what to type. */
export interface ConsoleRequest {
  readonly name: string;
  readonly data: Uint8Array;
  readonly tailBytes: number;
}

/** A terminal's scrollback; the whole log is for StreamConsoleLog. */
const maxTailBytes = 1024 * 1024;

/**
 * What a VM writes to its console, while what the caller sends is typed there. The first piece comes at once and may be
 * empty. Ends when the requests or the VM's hypervisor end. Fails with VM_WRONG_STATE when none runs.
 */
export async function* attachConsole(
  { world, machines }: { readonly world: Pick<World, 'store' | 'consoles'>; readonly machines: Pick<Machines, 'get'> },
  requests: AsyncIterable<ConsoleRequest>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const input = requests[Symbol.asyncIterator]();
  const first = await firstRequest(input);
  const { uid, status } = requireVm(world, first.name);
  const machine = machines.get(uid);
  if (!machine) throw wrongState(`attach to the console of vm ${first.name}`, status.state, 'it must be running');
  const keyboard = await machine.openKeyboard();
  const typist = new Typist(keyboard, first, input);
  const ended = endOf(machine);
  const over = AbortSignal.any([signal, typist.over, ended]);
  try {
    for await (const piece of world.consoles.read(uid, { tailBytes: first.tailBytes, follow: true, signal: over })) {
      // Not before something has come: from then on no answer to what is typed is missed.
      typist.start();
      yield piece;
    }
  } finally {
    keyboard.close();
  }
  // What could not be typed at the very end was meant for a VM that is gone.
  if (typist.failure !== undefined && !ended.aborted) throw typist.failure;
}

async function firstRequest(input: AsyncIterator<ConsoleRequest>): Promise<ConsoleRequest> {
  const { value: first } = await input.next();
  const { name = '', tailBytes = 0 } = (first as ConsoleRequest | undefined) ?? {};
  const fields = [];
  if (name === '') fields.push({ field: 'name', description: 'must be given in the first request' });
  if (tailBytes < 0 || tailBytes > maxTailBytes)
    fields.push({ field: 'tail_bytes', description: `must be 0 to ${maxTailBytes}, is ${tailBytes}` });
  if (fields.length > 0) throw invalidRequest(`attach to the console of vm ${name}`, fields);
  return first;
}

/** Types what comes, until no more comes or the keyboard fails. */
class Typist {
  readonly #over = new AbortController();
  #started = false;
  failure: unknown;

  constructor(
    private readonly keyboard: Keyboard,
    private readonly first: ConsoleRequest,
    private readonly rest: AsyncIterator<ConsoleRequest>,
  ) {}

  /** Aborts when nothing is typed any more. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#typeAll()
      .catch((error) => {
        this.failure = error;
      })
      .finally(() => this.#over.abort());
  }

  async #typeAll(): Promise<void> {
    let data: Uint8Array | undefined = this.first.data;
    while (data !== undefined) {
      if (data.length > 0) await this.keyboard.type(data);
      const next = await this.rest.next();
      data = next.done ? undefined : next.value.data;
    }
  }
}
