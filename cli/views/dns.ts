import {
  type Record as DnsRecord,
  type GetDnsStatusResponse,
  type Listener,
  listenerRoleToJSON,
  recordTypeToJSON,
} from '../../gen/banger/dnsd/v1/dns_service.js';
import { age, enumName } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Column, properties, table } from '../render/table.js';

const recordColumns: readonly Column<DnsRecord>[] = [
  { title: 'NAME', cell: (record) => record.name },
  { title: 'TTL', cell: (record) => String(record.ttlSeconds), right: true },
  { title: 'TYPE', cell: (record) => enumName(recordTypeToJSON(record.type), 'RECORD_TYPE').toUpperCase() },
  { title: 'DATA', cell: (record) => record.data },
];

export function recordTable(records: readonly DnsRecord[], style: Style): string {
  return records.length === 0 ? 'There are no records.' : table(recordColumns, records, style);
}

const listenerColumns: readonly Column<Listener>[] = [
  { title: 'FOR', cell: ({ role }) => enumName(listenerRoleToJSON(role), 'LISTENER_ROLE') },
  { title: 'ADDRESS', cell: ({ address, port }) => (address === '' ? '-' : `${address}:${port}`) },
  {
    title: 'LISTENING',
    cell: ({ listening }, style) => ({ text: listening ? 'yes' : 'no', paint: listening ? style.green : style.yellow }),
  },
  { title: 'WHY NOT', cell: ({ error }) => error || '-' },
];

export function dnsDetails(status: GetDnsStatusResponse, style: Style): string {
  const overview = properties(
    [
      [
        'Zone',
        status.synced ? 'follows the VMs' : { text: 'as it was when vmm was last reached', paint: style.yellow },
      ],
      ['Serial', String(status.serial)],
      ['Changed', status.changeTime && `${age(status.changeTime, style.now)} ago`],
      ['Answered', String(status.answeredCount)],
      ['Dropped', String(status.droppedCount)],
    ],
    style,
  );
  return `${overview}\n\n${table(listenerColumns, status.listeners, style)}`;
}
