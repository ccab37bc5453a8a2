import {
  type HostEffect,
  type VmServiceService,
  Verdict as WireVerdict,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { toWireEvent } from '../../../lib/rpc/events.js';
import { type Explanation, explainVm } from '../app/explain-vm.js';
import type { Vmm } from '../app/vmm.js';
import type { Verdict } from '../domain/evidence.js';
import { toWireVm } from './convert.js';

const wireVerdicts: Readonly<Record<Verdict, WireVerdict>> = {
  ok: WireVerdict.OK,
  bad: WireVerdict.BAD,
  unknown: WireVerdict.UNKNOWN,
};

/** Why a VM is as it is. */
export function explainHandlers(vmm: Vmm): Pick<Handlers<typeof VmServiceService>, 'explainVm'> {
  return {
    async explainVm({ name }, { signal }) {
      const { vm, evidence, effects, events, console, ...advice } = await explainVm(vmm, name, signal);
      return {
        ...advice,
        vm: toWireVm(vm),
        evidence: evidence.map((each) => ({ ...each, verdict: wireVerdicts[each.verdict] })),
        effects: effects.map(toWireEffect),
        events: events.map((event) => toWireEvent('vmm', event)),
        console: [...console],
      };
    },
  };
}

function toWireEffect({
  time,
  endTime,
  outcome,
  verb,
  step,
  detail,
  reason,
  requestId,
}: Explanation['effects'][number]): HostEffect {
  const ended = endTime === undefined ? undefined : new Date(endTime);
  return { time: new Date(time), endTime: ended, verb, step, detail, outcome: outcome ?? '', reason, requestId };
}
