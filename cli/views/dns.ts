import {
  type Record as DnsRecord,
  type GetDnsStatusResponse,
  type GuestQueries,
  type Listener,
  listenerRoleToJSON,
  recordTypeToJSON,
} from '../../gen/banger/dnsd/v1/dns_service.js';
import type { Observation } from '../../lib/finding.js';
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

const guestColumns: readonly Column<GuestQueries>[] = [
  { title: 'VM', cell: ({ vmName }) => vmName },
  { title: 'ADDRESS', cell: ({ address }) => address },
  { title: 'ASKED', cell: ({ askedCount }) => String(askedCount), right: true },
  { title: 'FORWARDED', cell: ({ forwardedCount }) => String(forwardedCount), right: true },
  { title: 'REMEMBERED', cell: ({ rememberedCount }) => String(rememberedCount), right: true },
  { title: 'FAILED', cell: ({ failedCount }) => String(failedCount), right: true },
  {
    title: 'OVER SHARE',
    cell: ({ limitedCount }, style) => (limitedCount > 0 ? { text: String(limitedCount), paint: style.yellow } : '0'),
    right: true,
  },
];

export function dnsDetails(status: GetDnsStatusResponse, wiring: Observation, style: Style): string {
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
      ['This host', hostCell(wiring, style)],
      ['Asked for guests', status.upstreams.join(', ') || '-'],
      ['Remembered', `${status.rememberedCount} answers, ${kibibytes(status.rememberedBytes)} KiB`],
    ],
    style,
  );
  const listeners = table(listenerColumns, status.listeners, style);
  const guests = status.guests.length > 0 ? [table(guestColumns, status.guests, style)] : [];
  return [overview, listeners, ...guests].join('\n\n');
}

function hostCell({ severity, found, remedy }: Observation, style: Style) {
  return severity === 'ok' ? found : { text: `${found} (${remedy})`, paint: style.yellow };
}

function kibibytes(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
