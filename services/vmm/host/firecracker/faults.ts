import type { BangerError } from '../../../../lib/errors.js';
import { hypervisorRefused, type Refusal } from '../../domain/errors.js';
import { faultRows } from './fault-rows.js';

/** A request and the `fault_message` that it was answered with. */
export interface Fault extends Pick<Refusal, 'what' | 'vm' | 'fault'> {
  /** Such as "PUT /drives/base". */
  readonly call: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What an error shows of a fault that the table does not know: a gRPC error has room for a few thousand bytes. */
const shownLength = 800;

/** What a refusal means, with what to do about it. */
export function faultError({ what, vm, call, body, fault }: Fault): BangerError {
  const row = faultRows.find((each) => applies(each, call, fault));
  const shown = fault.slice(0, shownLength);
  if (row === undefined) {
    const why = `${shown}; its log, firecracker.log in the vm's folder, may say more`;
    return hypervisorRefused({ kind: 'internal', reason: 'HYPERVISOR_REFUSED', what, vm, call, fault: shown, why });
  }
  const { kind, reason = 'HYPERVISOR_REFUSED' } = row;
  const why = filled(`${row.why}; ${row.todo}`, { ...body, vm });
  return hypervisorRefused({ kind, reason, what, vm, call, fault: shown, why });
}

function applies(row: (typeof faultRows)[number], call: string, fault: string): boolean {
  return call.startsWith(row.call ?? '') && row.says.every((part) => fault.includes(part));
}

/** Puts the fields of a request where the text names them in braces. */
function filled(text: string, fields: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{(\w+)\}/g, (name, key: string) => String(fields[key] ?? name));
}
