import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { run } from '../../cli/run.js';
import { Vm, VmServiceService, VmState, WatchVmsResponse } from '../../gen/banger/vmm/v1/vm_service.js';
import type { CheckHost, HostFinding } from '../../lib/finding.js';
import { silentLog } from '../../lib/log.js';
import type { Handlers, ServiceContract } from '../../lib/rpc/contract.js';
import { bindHostCheck } from '../../lib/rpc/host-check-server.js';
import { bind, type RunningServer, serve } from '../../lib/rpc/server.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { answerMistakes } from '../support/answer-check.js';

/** Whole command lines against services that answer from a script, over real sockets. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
const servers: RunningServer[] = [];

beforeEach(async () => {
  folder = await tempFolder();
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(200);
  await folder.remove();
});

/** Answers at a service's socket, until the end of the test. `findings` are what it says of the host. */
export async function serveFake<S extends ServiceContract>(
  name: string,
  contract: S,
  handlers: Partial<Handlers<S>>,
  findings: readonly HostFinding[] = [],
) {
  const check: CheckHost = async (wanted) => findings.filter(({ purpose }) => wanted.includes(purpose));
  const bindings = [bind(contract, handlers as Handlers<S>), bindHostCheck(check)];
  servers.push(await serve({ service: name, socketPath: join(folder.path, `${name}.sock`), bindings, log: silentLog }));
}

type VmHandlers = Handlers<typeof VmServiceService>;

/** A VM that runs. */
export const web = Vm.fromPartial({
  name: 'web',
  uid: '0123456789abcdef',
  spec: { cpuCount: 2, memoryMib: 1536, image: 'debian', nat: true },
  status: { state: VmState.RUNNING, ipv4Address: '10.77.0.10' },
  createTime: new Date(Date.now() - 200_000),
});

/** Sends these VMs as the snapshot of every watch, and then waits. */
export const watching = (...vms: Vm[]): VmHandlers['watchVms'] =>
  async function* (_request, { signal }) {
    for (const value of vms) yield WatchVmsResponse.fromPartial({ event: { $case: 'upserted', value } });
    yield WatchVmsResponse.fromPartial({ event: { $case: 'synced', value: {} } });
    await aborted(signal);
  };

export const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', resolve));

/** A vmm, whose watch is empty unless given. */
export const serveVmm = (handlers: Partial<VmHandlers>, findings: readonly HostFinding[] = []) =>
  serveFake('vmm', VmServiceService, { watchVms: watching(), ...handlers }, findings);

/** Standard input; a pipe unless a test says that it is a terminal. */
class FakeInput extends PassThrough {
  isTTY = false;
  /** Every change of the mode, in order. */
  readonly raw: boolean[] = [];

  setRawMode(raw: boolean): void {
    this.raw.push(raw);
  }
}

/** Standard output; a pipe unless a test says that it is a terminal. */
class FakeOutput {
  isTTY = false;
  columns = 80;
  rows = 24;
  readonly written: string[] = [];
  readonly #listeners = new Set<() => void>();

  on(_event: 'resize', listener: () => void): void {
    this.#listeners.add(listener);
  }

  off(_event: 'resize', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Becomes another size, and tells so. */
  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows });
    for (const listener of this.#listeners) listener();
  }

  write(text: string | Uint8Array, taken?: () => void): void {
    this.written.push(String(text));
    taken?.();
  }
}

export interface Terminal {
  readonly stdin: FakeInput;
  readonly output: FakeOutput;
  readonly interrupt: () => void;
  readonly exits: number[];
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Where the settings of the host's resolver are, for the command line. */
export const systemRoot = () => join(folder.path, 'system');

/** Runs a command line; `during` gets the terminal, to press Ctrl-C. */
export async function banger(line: string, during?: (terminal: Terminal) => void, uid = 0) {
  const stdin = new FakeInput();
  const output = new FakeOutput();
  const stderr: string[] = [];
  const exits: number[] = [];
  const callbacks = new Set<(signal: NodeJS.Signals) => void>();
  const interrupt = () => callbacks.forEach((callback) => void callback('SIGINT'));
  const running = run(line.split(' '), {
    stdin,
    stdout: output,
    stderr: {
      write: (text, taken) => {
        stderr.push(String(text));
        taken?.();
      },
    },
    env: { BANGER_RUN_DIR: folder.path, BANGER_STATE_DIR: folder.path, BANGER_SYSTEM_ROOT: systemRoot() },
    uid,
    onInterrupt(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    exit: (code) => exits.push(code),
  });
  const stdout = () => output.written.join('');
  during?.({ stdin, output, interrupt, exits, stdout, stderr: () => stderr.join('') });
  const result = { code: await running, stdout: stdout(), stderr: stderr.join('') };
  // Whatever a test is about: programs rely on the form.
  expect(answerMistakes(line.split(' '), result.stdout, result.stderr)).toEqual([]);
  return result;
}
