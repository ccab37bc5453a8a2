import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand } from '../../../lib/host/command.js';
import { silentLog } from '../../../lib/log.js';
import { zoneOf } from '../testing/zones.js';
import { Traffic } from './endpoint.js';
import { DnsListener } from './listener.js';
import { Responder } from './responder.js';

/** What a real client, dig, makes of the host listener's replies. */

const zone = zoneOf([{ name: 'web', address: '10.77.0.10' }], ['10.77.0.0/16']);
const traffic = new Traffic();
const responder = new Responder({ zone: () => zone, traffic, log: silentLog });
const listener = new DnsListener({
  role: 'host',
  port: 0,
  respond: (message, asker) => responder.respond(message, asker),
  admits: () => true,
  traffic,
  log: silentLog,
});

beforeAll(() => listener.open('127.0.0.1'));
afterAll(() => listener.close('over'));

/** dig's view in one line: status, flags, counts, and the records. */
async function dig(...args: string[]): Promise<string> {
  const options = ['+tries=1', '+time=20', '+norecurse', '+nocookie'];
  const argv = ['dig', '-r', '@127.0.0.1', '-p', String(listener.state().port), ...options, ...args];
  const { stdout } = await runCommand(argv);
  const [, status = ''] = /status: (\w+)/.exec(stdout) ?? [];
  const [, flags = ''] = /flags: ([^;]*);/.exec(stdout) ?? [];
  const [, edns = ''] = /; (EDNS: .*)/.exec(stdout) ?? [];
  const records = stdout.split('\n').filter((line) => /^[^;\s].*\sIN\s/.test(line));
  const parts = [status, flags, edns, ...records.map((line) => line.replace(/\s+/g, ' '))];
  return parts.filter((part) => part !== '').join(' | ');
}

const soa = 'vm. 1 IN SOA vm. nobody.invalid. 7 3600 1200 604800 1';
const opt = 'EDNS: version: 0, flags:; udp: 1232';

test.each([
  ['web.vm', `NOERROR | qr aa | ${opt} | web.vm. 5 IN A 10.77.0.10`],
  ['web.vm +tcp', `NOERROR | qr aa | ${opt} | web.vm. 5 IN A 10.77.0.10`],
  ['web.vm +noedns', 'NOERROR | qr aa | web.vm. 5 IN A 10.77.0.10'],
  ['web.vm +bufsize=512', `NOERROR | qr aa | ${opt} | web.vm. 5 IN A 10.77.0.10`],
  ['web.vm +dnssec', 'NOERROR | qr aa | EDNS: version: 0, flags: do; udp: 1232 | web.vm. 5 IN A 10.77.0.10'],
  ['web.vm +subnet=192.0.2.0/24', `NOERROR | qr aa | ${opt} | web.vm. 5 IN A 10.77.0.10`],
  ['web.vm +subnet=0', `NOERROR | qr aa | ${opt} | web.vm. 5 IN A 10.77.0.10`],
  ['web.vm +padding=468 +nsid +cookie', `NOERROR | qr aa | ${opt} | web.vm. 5 IN A 10.77.0.10`],
  ['web.vm +recurse +cdflag', `NOERROR | qr aa rd cd | ${opt} | web.vm. 5 IN A 10.77.0.10`],
  ['wEb.Vm', `NOERROR | qr aa | ${opt} | wEb.Vm. 5 IN A 10.77.0.10`],
  ['api.web.vm', `NOERROR | qr aa | ${opt} | api.web.vm. 5 IN A 10.77.0.10`],
  ['a\\.b.web.vm', `NOERROR | qr aa | ${opt} | a\\.b.web.vm. 5 IN A 10.77.0.10`],
  ['web.vm AAAA', `NOERROR | qr aa | ${opt} | ${soa}`],
  ['web.vm TYPE65', `NOERROR | qr aa | ${opt} | ${soa}`],
  ['web.vm TYPE64999', `NOERROR | qr aa | ${opt} | ${soa}`],
  ['web.vm ANY +notcp', `NOERROR | qr aa | ${opt} | web.vm. 5 IN A 10.77.0.10`],
  ['mail.vm', `NXDOMAIN | qr aa | ${opt} | ${soa}`],
  ['vm SOA', `NOERROR | qr aa | ${opt} | ${soa.replace('vm. 1', 'vm. 5')}`],
  ['vm NS', `NOERROR | qr aa | ${opt} | vm. 5 IN NS vm.`],
  ['-x 10.77.0.10', `NOERROR | qr aa | ${opt} | 10.0.77.10.in-addr.arpa. 5 IN PTR web.vm.`],
  [
    '0.77.10.in-addr.arpa PTR',
    `NOERROR | qr aa | ${opt} | 77.10.in-addr.arpa. 1 IN SOA 77.10.in-addr.arpa. nobody.invalid. 7 3600 1200 604800 1`,
  ],
  ['-x 192.0.2.1', `REFUSED | qr | ${opt}`],
  ['example.com', `REFUSED | qr | ${opt}`],
  ['. NS', `REFUSED | qr | ${opt}`],
  ['CH TXT version.bind', `REFUSED | qr | ${opt}`],
  ['web.vm +opcode=notify', `NOTIMP | qr | ${opt}`],
  ['web.vm +opcode=15', `NOTIMP | qr | ${opt}`],
  ['web.vm +edns=1 +noednsnegotiation', `BADVERS | qr | ${opt}`],
  ['+header-only', `FORMERR | qr | ${opt}`],
])('dig %s: %s', async (args, expected) => {
  expect(await dig(...args.split(' '))).toBe(expected);
});

test.each(['AXFR', 'IXFR=1'])('a zone transfer by %s is refused', async (type) => {
  const argv = ['dig', '-r', '@127.0.0.1', '-p', String(listener.state().port), 'vm', type];
  expect((await runCommand(argv, { okExitCodes: [0, 9] })).stdout).toContain('Transfer failed');
});

test('one connection takes query after query', async () => {
  const names = ['web.vm', 'mail.vm', 'api.web.vm'];
  const port = String(listener.state().port);
  const { stdout } = await runCommand(['dig', '-r', '@127.0.0.1', '-p', port, '+tcp', '+keepopen', '+short', ...names]);
  expect(stdout).toBe('10.77.0.10\n10.77.0.10\n');
});
