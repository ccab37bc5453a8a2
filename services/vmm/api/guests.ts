import type {
  CopyFromVmResponse,
  CopyToVmRequest,
  CopyToVmResponse,
  VmServiceService,
  ExecCommand as WireCommand,
  ExecRequest as WireRequest,
  ExecResponse as WireResponse,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import { invalidRequest } from '../../../lib/errors.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { type CopyPiece, copyFromVm } from '../app/copy-from-vm.js';
import { type CopyProgress, type CopyRequest, copyToVm } from '../app/copy-to-vm.js';
import { type ExecCommand, type ExecRequest, type ExecResponse, exec } from '../app/exec.js';
import type { Vmm } from '../app/vmm.js';

/** What reaches into guests. */
export function guestHandlers(vmm: Vmm): Pick<Handlers<typeof VmServiceService>, 'exec' | 'copyToVm' | 'copyFromVm'> {
  return {
    async *exec(requests, { signal }) {
      for await (const response of exec(vmm, execRequests(requests), signal)) yield toWireResponse(response);
    },
    async *copyToVm(requests, { signal }) {
      for await (const progress of copyToVm(vmm, copyRequests(requests), signal)) yield toWireProgress(progress);
    },
    async *copyFromVm({ name, path }, { signal }) {
      for await (const piece of copyFromVm(vmm, name, path, signal)) yield toWirePiece(piece);
    },
  };
}

async function* execRequests(requests: AsyncIterable<WireRequest>): AsyncIterable<ExecRequest> {
  for await (const { request } of requests) {
    switch (request?.$case) {
      case 'command':
        yield { kind: 'command', command: fromWireCommand(request.value) };
        break;
      case 'stdin':
        yield { kind: 'stdin', data: request.value };
        break;
      case 'endOfInput':
        yield { kind: 'end-of-input' };
        break;
      case 'terminalSize':
        yield { kind: 'terminal-size', size: request.value };
        break;
      case 'signal':
        yield { kind: 'signal', name: request.value };
        break;
      default:
        throw empty('go on with a command');
    }
  }
}

function fromWireCommand(command: WireCommand): ExecCommand {
  const { name, environment, workingDirectory, user, terminal, terminalType, timeout } = command;
  return {
    name,
    argv: command.arguments,
    environment,
    workingDirectory,
    user,
    ...(terminal && { terminal: { ...terminal, type: terminalType || 'xterm-256color' } }),
    ...(timeout && { timeoutMs: timeout.seconds * 1000 + timeout.nanos / 1e6 }),
  };
}

function toWireResponse(response: ExecResponse): WireResponse {
  switch (response.kind) {
    case 'started':
      return { response: { $case: 'started', value: { pid: response.pid } } };
    case 'output':
      return { response: { $case: response.stream, value: Buffer.from(response.data) } };
    case 'exited': {
      const { code, signal = '', timedOut } = response;
      return { response: { $case: 'exited', value: { exitCode: code, signal, timedOut } } };
    }
  }
}

async function* copyRequests(requests: AsyncIterable<CopyToVmRequest>): AsyncIterable<CopyRequest> {
  for await (const { request } of requests) {
    if (request?.$case === 'target') yield { kind: 'target', target: request.value };
    else if (request?.$case === 'archive') yield { kind: 'archive', data: request.value };
    else throw empty('copy to a vm');
  }
}

function toWireProgress(progress: CopyProgress): CopyToVmResponse {
  if (progress.kind === 'copied') return { event: { $case: 'copiedBytes', value: progress.bytes } };
  return { event: { $case: 'done', value: { path: progress.path } } };
}

function toWirePiece(piece: CopyPiece): CopyFromVmResponse {
  if (piece.kind === 'source') return { event: { $case: 'source', value: piece.source } };
  return { event: { $case: 'archive', value: Buffer.from(piece.data) } };
}

/** `what` completes "cannot …". */
function empty(what: string) {
  return invalidRequest(what, [{ field: 'request', description: 'must be given' }]);
}
