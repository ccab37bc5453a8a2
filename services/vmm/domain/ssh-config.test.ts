import { expect, test } from '@jest/globals';
import { sshConfig } from './ssh-config.js';
import type { Vm } from './vm.js';

const files = { identityFile: '/s/k "1"\\%h', knownHostsFile: '/s/known_hosts', configFile: '/s/config' };

function vm(name: string, address: string | undefined, more: { aliases?: string[]; user?: string } = {}): Vm {
  const status = {
    ...(address && { network: { ipv4Address: address }, sshHostKey: 'ssh-ed25519 K' }),
    ...(more.user && { origin: { user: more.user } }),
  };
  return { name, spec: { aliases: more.aliases ?? [] }, status } as unknown as Vm;
}

test('a part for each VM that can be logged in to, by all names that resolve to it, and what they have in common last', () => {
  const vms = [
    vm('web', '10.77.0.2', { aliases: ['www'], user: 'debian' }),
    vm('new', undefined),
    vm('db', '10.77.0.3'),
  ];
  expect(sshConfig(vms, files)).toBe(`# How ssh logs in to the VMs of banger, which rewrites this as they come and go.

Host web.vm *.web.vm www.vm *.www.vm
  HostName 10.77.0.2
  HostKeyAlias web.vm
  User debian

Host db.vm *.db.vm
  HostName 10.77.0.3
  HostKeyAlias db.vm

Host *.vm
  User root
  IdentityFile "/s/k \\"1\\"\\\\%%h"
  IdentitiesOnly yes
  UserKnownHostsFile "/s/known_hosts"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  ConnectTimeout 10
`);
});
