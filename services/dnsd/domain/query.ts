/** A query as far as it could be read, and the rules of EDNS (RFC 6891). */
export interface Query {
  /** QR is set: somebody's answer, not a question. */
  readonly isResponse: boolean;
  readonly opcode: number;
  /** Absent when there is none, or none that can be read. */
  readonly question?: Question;
  /** Absent when the sender does not speak EDNS. */
  readonly edns?: Edns;
  /** Something in the message is not as the standards have it. */
  readonly malformed: boolean;
}

export interface Question {
  /** As sent, one character per octet: a label can hold anything, dots too. */
  readonly labels: readonly string[];
  readonly type: number;
  readonly class: number;
}

export interface Edns {
  readonly version: number;
  /** The largest UDP answer that the sender takes, in bytes. */
  readonly payloadSize: number;
  readonly dnssecOk: boolean;
}

export type Transport = 'udp' | 'tcp';

/** What every DNS program takes over UDP: RFC 1035 section 4.2.1. */
const minUdpBytes = 512;
/** What passes every link without fragments: DNS Flag Day 2020. */
export const maxUdpBytes = 1232;
/** The most that the length field in front of a TCP message can say. */
const maxTcpBytes = 65_535;

/** The largest answer that may be sent back, in bytes. */
export function answerLimit(transport: Transport, edns: Edns | undefined): number {
  if (transport === 'tcp') return maxTcpBytes;
  return Math.min(Math.max(edns?.payloadSize ?? 0, minUdpBytes), maxUdpBytes);
}
