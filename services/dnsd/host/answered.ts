import {
  type AnsweredAddresses,
  type AnswerRecord,
  answeredAddresses,
  foreignTypes,
  isAddress,
  nameText,
} from '../domain/answered-addresses.js';
import { readQuestion } from './codec.js';
import { readLabels, type WireMessage, type WireRecord } from './wire.js';

const classInternet = 1;
const flagsRcode = 15;

/** The addresses that a reply gives for its question; undefined when it gives none. */
export function addressesIn(message: WireMessage): AnsweredAddresses | undefined {
  const question = readQuestion(message.bytes);
  if (question === undefined || (message.flags & flagsRcode) !== 0) return undefined;
  const records = message.records.flatMap((record) => toAnswer(message.bytes, record) ?? []);
  return answeredAddresses(nameText(question.labels), records);
}

function toAnswer(bytes: Buffer, record: WireRecord): AnswerRecord | undefined {
  const { section, type, ttl, dataAt, end } = record;
  const isAlias = type === foreignTypes.CNAME;
  if (section !== 'answer' || record.class !== classInternet) return undefined;
  if (!isAlias && !isAddress(type, end - dataAt)) return undefined;
  const owner = readLabels(bytes, record.at);
  const target = isAlias ? readLabels(bytes, dataAt) : [];
  if (owner === undefined || target === undefined) return undefined;
  const head = { owner: nameText(owner), ttl };
  if (isAlias) return { ...head, type: 'CNAME', target: nameText(target) };
  return { ...head, type: 'ADDRESS', octets: bytes.subarray(dataAt, end) };
}
