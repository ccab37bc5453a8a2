import { expect, test } from '@jest/globals';
import { reasons } from '../errors.js';
import { installPlan, type PresentFile, type Step, uninstallPlan } from './plan.js';
import { type ResolverKind, resolverKinds, wiringFile } from './wiring.js';

const route = { address: '127.0.0.1', port: 42069, zones: ['vm'] };
const told = (kind: ResolverKind): PresentFile[] => {
  const file = wiringFile(kind, route);
  return file ? [{ kind, ...file }] : [];
};
const outline = (steps: readonly Step[]) =>
  steps.map((step) => (step.do === 'run' ? step.argv.join(' ') : `${step.do} ${step.path}`));

test.each<[ResolverKind, string[]]>([
  [
    'systemd-resolved',
    [
      'write /etc/systemd/system/banger-dns.service',
      'systemctl daemon-reload',
      'systemctl enable banger-dns.service',
      'systemctl restart banger-dns.service',
    ],
  ],
  ['networkmanager', ['write /etc/NetworkManager/dnsmasq.d/banger.conf', 'nmcli general reload dns-full']],
  ['dnsmasq', ['write /etc/dnsmasq.d/banger.conf', 'systemctl try-restart dnsmasq.service']],
  ['resolv.conf', []],
])('%s is told, and once', (kind, steps) => {
  expect(outline(installPlan(kind, route, []))).toEqual(steps);
  expect(installPlan(kind, route, told(kind))).toEqual([]);
  const older = told(kind).map((file) => ({ ...file, text: file.text.replaceAll('42069', '53') }));
  expect(outline(installPlan(kind, route, older))).toEqual(steps);
});

test.each<[ResolverKind, string[]]>([
  [
    'systemd-resolved',
    [
      'systemctl disable --now banger-dns.service',
      'remove /etc/systemd/system/banger-dns.service',
      'systemctl daemon-reload',
    ],
  ],
  ['networkmanager', ['remove /etc/NetworkManager/dnsmasq.d/banger.conf', 'nmcli general reload dns-full']],
  ['dnsmasq', ['remove /etc/dnsmasq.d/banger.conf', 'systemctl try-restart dnsmasq.service']],
  ['resolv.conf', []],
])('what %s was told is taken back, by an undo and when another takes its place', (kind, steps) => {
  expect(outline(uninstallPlan(told(kind)))).toEqual(steps);
  for (const other of resolverKinds.filter((each) => each !== kind)) {
    const both = outline(installPlan(other, route, told(kind)));
    expect(both.slice(0, steps.length)).toEqual(steps);
    expect(both.slice(steps.length)).toEqual(outline(installPlan(other, route, [])));
  }
});

test('a file of somebody else is neither written over nor removed', () => {
  const foreign = told('dnsmasq').map((file) => ({ ...file, text: 'server=/vm/192.0.2.1\n' }));
  expect(() => installPlan('dnsmasq', route, foreign)).toThrow(
    expect.objectContaining({ reason: reasons.DNS_WIRING_FOREIGN, metadata: { path: '/etc/dnsmasq.d/banger.conf' } }),
  );
  expect(uninstallPlan(foreign)).toEqual([]);
  expect(outline(installPlan('networkmanager', route, foreign))).toHaveLength(2);
});
