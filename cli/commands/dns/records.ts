import { Record as DnsRecord } from '../../../gen/banger/dnsd/v1/dns_service.js';
import { defineCommand } from '../../define-command.js';
import { recordTable } from '../../views/dns.js';

export const command = defineCommand({
  summary: 'List the records that are answered',
  examples: [
    ['dns records', 'a table, as in a zone file'],
    ['dns records --json', 'an array of records, for programs'],
  ],
  async run(ctx) {
    const dnsd = await ctx.clients.dnsd();
    const { records } = await dnsd.listRecords({}, { signal: ctx.signal });
    return { json: records.map((record) => DnsRecord.toJSON(record)), text: (style) => recordTable(records, style) };
  },
});
