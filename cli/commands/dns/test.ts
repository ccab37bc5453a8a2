import { type Record as DnsRecord, RecordType } from '../../../gen/banger/dnsd/v1/dns_service.js';
import { defineCommand } from '../../define-command.js';
import { exitCodeOfKind, exitCodes, usageError } from '../../errors.js';
import { lookups } from '../../resolver/asking.js';
import { traceLookup, wiringOf } from '../../resolver/lookup.js';
import { askForRoute } from '../../resolver/route.js';
import { systemOf } from '../../resolver/system.js';
import { lookupReport } from '../../views/resolver.js';

export const command = defineCommand({
  summary: 'Follow the lookup of a name, and tell where it fails and what to do',
  description:
    'From what a program asks (nsswitch.conf, resolv.conf) over the resolver and its route for .vm to dnsd, and back. Changes ' +
    'nothing. Ends with 0 when a program gets what dnsd says, and with 5 when not.',
  positionals: [{ name: 'name', summary: 'A name in .vm, or that of a VM; the first VM unless given', optional: true }],
  examples: [
    ['dns test', 'for the first VM'],
    ['dns test api.web.vm', 'for a name below one'],
  ],
  async run(ctx, { positionals }) {
    const { records, ...route } = await askForRoute(ctx);
    const name = fullName(positionals[0]) ?? firstName(records);
    if (name === undefined)
      throw usageError(['NAME is missing, and there is no VM to take one of'], 'banger dns test --help');
    const system = systemOf(ctx);
    const [facts, present] = await Promise.all([system.facts(), system.present()]);
    const wiring = wiringOf(facts, route, present, system.hasLink());
    const { works, stops } = await traceLookup(name, facts, route, wiring, lookups);
    return {
      json: { name, works, resolver: wiring.kind, stops },
      text: (style) => lookupReport(name, works, stops, style),
      exitCode: works ? exitCodes.ok : exitCodeOfKind['wrong-state'],
    };
  },
});

function fullName(given: string | undefined): string | undefined {
  const name = given?.replace(/\.$/, '');
  return name === undefined || name === 'vm' || name.endsWith('.vm') ? name : `${name}.vm`;
}

function firstName(records: readonly DnsRecord[]): string | undefined {
  const named = records.find(({ type, name }) => type === RecordType.A && name.endsWith('.vm.'));
  return fullName(named?.name);
}
