import { rcodes } from '../domain/answer.js';
import { questionTypes, typeCodes } from '../domain/records.js';
import { skipName, type WireMessage } from './wire.js';

/**
 * A failure is remembered for a moment, so that those who ask again and again do not ask the server as often: RFC 9520
 * section 3.2 wants a second at least.
 */
export const failureSeconds = 1;
/** The host's own resolver remembers for longer than we need to: RFC 8767 section 4 caps at a week. */
const maxSeconds = 3_600;
/** People ask, create, and ask again; RFC 2308 section 5 allows up to three hours. */
const maxNegativeSeconds = 60;
const flagTruncated = 0x0200;

/** How long a reply may be kept, in seconds; 0 for not at all. */
export function lifetimeOf(message: WireMessage): number {
  const rcode = message.flags & 15;
  if ((message.flags & flagTruncated) !== 0) return 0;
  if (rcode !== rcodes.NOERROR && rcode !== rcodes.NXDOMAIN) return rcode === rcodes.FORMERR ? 0 : failureSeconds;
  const answers = message.records.filter(({ section }) => section === 'answer');
  const least = Math.min(maxSeconds, ...answers.map(({ ttl }) => ttl));
  return rcode === rcodes.NOERROR && isAnswered(message) ? least : Math.min(least, negativeSeconds(message));
}

/** Whether there is what was asked for, and not only what it is an alias of. */
function isAnswered({ bytes, questionEnd, records }: WireMessage): boolean {
  const type = bytes.readUInt16BE(questionEnd - 4);
  return records.some((record) => {
    if (record.section !== 'answer') return false;
    return record.type === type || type === questionTypes.ANY;
  });
}

/**
 * RFC 2308 section 5: the lesser of the SOA's own TTL and its last field. Without an SOA it is a referral, or nothing that
 * anybody may remember.
 */
function negativeSeconds({ bytes, records }: WireMessage): number {
  const soa = records.find(({ section, type }) => section === 'authority' && type === typeCodes.SOA);
  if (soa === undefined) return 0;
  const mailboxAt = skipName(bytes, soa.dataAt);
  const timersAt = mailboxAt === undefined ? undefined : skipName(bytes, mailboxAt);
  if (timersAt === undefined || timersAt + 20 > soa.end) return 0;
  return Math.min(maxNegativeSeconds, soa.ttl, bytes.readUInt32BE(timersAt + 16));
}
