import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { serviceNames } from '../lib/paths.js';

interface ComposeService {
  readonly command: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly devices?: readonly string[];
  readonly network_mode?: string;
  readonly privileged?: boolean;
  readonly read_only?: boolean;
  readonly security_opt?: readonly string[];
  readonly volumes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const text = readFileSync('docker-compose.dev.yml', 'utf8');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};

/** What each service gets of the host, and nothing else. */
const rights: Record<string, Pick<ComposeService, 'cap_add' | 'devices' | 'network_mode'>> = {
  netd: { cap_add: ['NET_ADMIN'], devices: ['/dev/net/tun'], network_mode: 'host' },
  imaged: {},
  vmm: { devices: ['/dev/kvm', '/dev/net/tun'], network_mode: 'host' },
  dnsd: { network_mode: 'host' },
};

test('the services are those that the supervisor starts', () => {
  expect(Object.keys(services)).toEqual([...serviceNames]);
});

test.each(Object.entries(services))('%s has the rights of its table, and no more', (name, service) => {
  const { cap_add, devices, network_mode } = service;
  expect(JSON.parse(JSON.stringify({ cap_add, devices, network_mode }))).toEqual(rights[name]);
  expect(service).toMatchObject({ cap_drop: ['ALL'], read_only: true, security_opt: ['no-new-privileges:true'] });
  expect(service.privileged).toBeUndefined();
});

test.each(Object.entries(services))('%s runs its own program, with the shared sockets and state', (name, service) => {
  expect(service.command).toEqual(['node', `dist/services/${name}/main.js`]);
  expect(existsSync(`services/${name}/main.ts`)).toBe(true);
  expect(service.environment).toEqual({ BANGER_STATE_DIR: '/var/lib/banger', BANGER_RUN_DIR: '/run/banger' });
  expect(service.volumes).toEqual(expect.arrayContaining(['state:/var/lib/banger', 'run:/run/banger']));
  expect(Object.keys(volumes)).toEqual(['state', 'run']);
});
