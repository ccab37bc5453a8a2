import type { Query, Question } from './query.js';
import { questionTypes, type RecordData, type SoaData, typeCodes } from './records.js';
import type { Zone } from './zone.js';

/** Response codes, from the IANA registry "DNS RCODEs". */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

/** What is sent back. */
export interface Reply {
  readonly rcode: number;
  /** Whether we are the authority for the name that was asked for. */
  readonly authoritative: boolean;
  /** All for the name that was asked for. */
  readonly answers: readonly RecordData[];
  /** Given when there is no answer, so that its absence can be cached: RFC 2308. */
  readonly denial?: SoaData;
}

export type Decision =
  /** No honest answer exists. */
  | { readonly kind: 'drop' }
  /** Another name server knows. */
  | { readonly kind: 'forward' }
  | { readonly kind: 'reply'; readonly reply: Reply };

/** What becomes of names that are not ours. */
export type Elsewhere = 'refuse' | 'forward';

const opcodeQuery = 0;
const classInternet = 1;
/** OPT, and the range that RFC 6895 section 3.1 keeps for types that are no data: 128 to 255. */
const isMetaType = (type: number) => type === 41 || (type >= 128 && type <= 255);

/** Decides what a query gets. Pure: the same query and zone always give the same decision. */
export function decide(query: Query, zone: Zone, elsewhere: Elsewhere): Decision {
  // Answering an answer is how two servers talk to each other for ever.
  if (query.isResponse) return { kind: 'drop' };
  if (query.opcode !== opcodeQuery) return refusal(rcodes.NOTIMP);
  if (query.malformed || query.question === undefined) return refusal(rcodes.FORMERR);
  if (query.edns && query.edns.version > 0) return refusal(rcodes.BADVERS);
  return decideQuestion(query.question, zone, elsewhere);
}

function decideQuestion(question: Question, zone: Zone, elsewhere: Elsewhere): Decision {
  const { type } = question;
  if (question.class !== classInternet) return refusal(rcodes.REFUSED);
  // Nobody copies our zones, and a forwarded transfer would be more than one message.
  if (type === questionTypes.AXFR || type === questionTypes.IXFR) return refusal(rcodes.REFUSED);
  if (isMetaType(type) && type !== questionTypes.ANY) return refusal(rcodes.NOTIMP);
  const found = zone.find(question.labels.map((label) => label.toLowerCase()));
  switch (found.kind) {
    case 'outside':
      return elsewhere === 'forward' ? { kind: 'forward' } : refusal(rcodes.REFUSED);
    case 'not-loaded':
      return refusal(rcodes.SERVFAIL);
    case 'missing':
      return denial(rcodes.NXDOMAIN, found.denial);
    case 'exists': {
      const answers = matching(found.records, type);
      if (answers.length === 0) return denial(rcodes.NOERROR, found.denial);
      return { kind: 'reply', reply: { rcode: rcodes.NOERROR, authoritative: true, answers } };
    }
  }
}

/** ANY gets one kind of record, not all: RFC 8482 section 4.1. */
function matching(records: readonly RecordData[], type: number): readonly RecordData[] {
  const wanted = type === questionTypes.ANY && records[0] ? typeCodes[records[0].type] : type;
  return records.filter((record) => typeCodes[record.type] === wanted);
}

function denial(rcode: number, soa: SoaData): Decision {
  return { kind: 'reply', reply: { rcode, authoritative: true, answers: [], denial: soa } };
}

function refusal(rcode: number): Decision {
  return { kind: 'reply', reply: errorReply(rcode) };
}

export function errorReply(rcode: number): Reply {
  return { rcode, authoritative: false, answers: [] };
}
