import type { VmServiceService } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { attachConsole } from '../app/attach-console.js';
import { streamConsoleLog } from '../app/stream-console-log.js';
import type { Vmm } from '../app/vmm.js';

type ConsoleMethods = 'streamConsoleLog' | 'attachConsole';

/** The part of VmService that is a VM's serial console. */
export function consoleHandlers(vmm: Vmm): Pick<Handlers<typeof VmServiceService>, ConsoleMethods> {
  return {
    async *streamConsoleLog({ name, tailBytes, follow, since, onlyNew }, { signal }) {
      const from = since && { since: since.getTime() };
      const pieces = streamConsoleLog(vmm.world, name, { tailBytes, follow, signal, onlyNew, ...from });
      for await (const piece of pieces) yield { data: Buffer.from(piece) };
    },
    async *attachConsole(requests, { signal }) {
      for await (const piece of attachConsole(vmm, requests, signal)) yield { data: Buffer.from(piece) };
    },
  };
}
