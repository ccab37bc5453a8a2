import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'smol-toml';
import { specLimits, standardImage, withDefaults } from '../../services/vmm/domain/spec.js';
import { emptySpec } from '../../test/fakes/requests.js';
import { keys } from './keys.js';
import { readProject } from './project.js';
import { standardShape } from './shape.js';

/** The mistakes of a text, each as "path: description". */
function mistakesOf(text: string): string[] {
  return readProject(parse(text)).mistakes.map(({ path, description }) => `${path.join('.')}: ${description}`);
}

const whole = `
project = "shop"
[defaults]
nat = true
labels = { team = "a" }
[images.app]
import = "docker://app:1"
kind = "registry"
[vms.db]
image = "app"
kernel = "cloud"
init = "light"
cpus = 2
memory = "2G"
disk = 4096
work_disk = "1.5G"
nat = false
aliases = ["store"]
ip = "10.77.0.53"
mac = "52:54:00:AA:00:01"
allow_from = ["web", "10.0.0.1/32"]
egress = ["allow:Example.org:443/tcp", "deny:all"]
publish = ["8080-8081:80-81", "127.0.0.1:53:53/udp"]
hypervisor = "qemu"
restart = "always"
autostart = true
autostart_order = 3
labels = { app = "shop" }
env = { B = "2", A = "1" }
user_data = "#cloud-config"
running = false
[vms.web]
`;

test('everything that can be said of a VM is read', () => {
  const { project, mistakes } = readProject(parse(whole));
  expect(mistakes).toEqual([]);
  expect(project).toEqual({
    name: 'shop',
    images: [{ name: 'app', how: 'import', source: 'docker://app:1', kind: 'registry' }],
    vms: [
      {
        name: 'db',
        shape: {
          image: 'app',
          kernel: 'cloud',
          init: 'light',
          cpus: 2,
          memory: 2048,
          disk: 4096,
          workDisk: 1536,
          nat: false,
          aliases: ['store'],
          ip: '10.77.0.53',
          mac: '52:54:00:aa:00:01',
          allowFrom: ['web', '10.0.0.1'],
          egress: ['allow:example.org:443/tcp', 'deny:all'],
          publish: ['8080:80', '8081:81', '127.0.0.1:53:53/udp'],
          hypervisor: 'qemu',
          restart: 'always',
          autostart: true,
          autostartOrder: 3,
          labels: { app: 'shop', team: 'a' },
          environment: { A: '1', B: '2' },
          userData: '#cloud-config',
          running: false,
        },
      },
      { name: 'web', shape: { ...standardShape, nat: true, labels: { team: 'a' } } },
    ],
  });
});

test('what a file does not say is what vmm makes of it', () => {
  const { cpuCount, memoryMib, diskMib, image } = withDefaults(emptySpec);
  expect(standardShape).toMatchObject({ cpus: cpuCount, memory: memoryMib, disk: diskMib, image });
  expect([image, cpuCount]).toEqual([standardImage, specLimits.cpuCount.standard]);
});

test.each([
  ['projekt = "x"\n[vms.a]', 'projekt: there is no such key; did you mean project?'],
  ['project = "Not A Label"\n[vms.a]', 'project: must be a DNS label'],
  ['project = 7\n[vms.a]', 'project: must be a text in quotes, is 7'],
  ['', ': has neither [vms.NAME] nor [images.NAME]'],
  ['vms = 3', 'vms: must be tables [vms.NAME], is 3'],
  ['[vms]\nweb = "x"', 'vms.web: must be a table, is "x"'],
  ['[vms.Web]', 'vms.Web: the name must be a DNS label'],
  ['[vms.a]\nwork-disk = 1', 'vms.a.work-disk: there is no such key; did you mean work_disk?'],
  ['[vms.a]\nzzz = 1', 'vms.a.zzz: there is no such key; there are image, kernel'],
  ['[vms.a]\nimage = ""', 'vms.a.image: must be a text in quotes, is empty'],
  ['[vms.a]\ncpus = 1.5', 'vms.a.cpus: must be a whole number'],
  ['[vms.a]\ncpus = true', 'vms.a.cpus: must be a number, is true'],
  ['[vms.a]\nmemory = "lots"', 'vms.a.memory: must be a size in MiB'],
  ['[vms.a]\nmemory = 0', 'vms.a.memory: must be at least 1'],
  ['[vms.a]\nnat = "on"', 'vms.a.nat: must be true or false, is "on"'],
  ['[vms.a]\naliases = "b"', 'vms.a.aliases: must be a list'],
  ['[vms.a]\naliases = ["b", "C"]', 'vms.a.aliases.1: must be a DNS label'],
  ['[vms.a]\nallow_from = [1]', 'vms.a.allow_from.0: must be a text in quotes, is 1'],
  ['[vms.a]\npublish = ["x"]', 'vms.a.publish.0: must be HOST_PORT:GUEST_PORT'],
  ['[vms.a]\negress = ["permit:all"]', 'vms.a.egress.0: '],
  ['[vms.a]\ninit = "upstart"', 'vms.a.init: must be "system" or "light", is "upstart"'],
  ['[vms.a]\nlabels = ["x"]', 'vms.a.labels: must be a table'],
  ['[vms.a]\nenv = ["A=1"]', 'vms.a.env: must be a table'],
  ['[vms.a.env]\nA = 1', 'vms.a.env.A: must be a text in quotes, is 1'],
  ['[vms.a.labels]\nx = 1', 'vms.a.labels.x: must be a text in quotes, is 1'],
  ['[vms.a.labels]\n"a b" = "c"', 'vms.a.labels.a b: the key "a b"'],
  ['[vms.a.labels]\n"banger.apply" = "c"', 'vms.a.labels.banger.apply: a key that begins with "banger."'],
  ['[defaults]\nip = "10.77.0.9"\n[vms.a]', 'defaults.ip: there is no such key'],
  ['[images.a]', 'images.a: needs either recipe or import'],
  ['[images.a]\nrecipe = "a"\nimport = "b"', 'images.a: needs either recipe or import'],
  ['[images.a]\nrecipe = 1', 'images.a.recipe: must be a text in quotes, is 1'],
  ['[images.a]\nrecipe = "a"\nkind = "disk"', 'images.a.kind: goes with import'],
  ['[images.a]\nimport = "a"\nkind = "tape"', 'images.a.kind: must be "layout"'],
  ['[vms.a]\naliases = ["b"]\n[vms.b]', 'vms.a.aliases.0: vm b has this name too'],
  ['[vms.a]\naliases = ["x"]\n[vms.b]\naliases = ["x"]', 'vms.b.aliases.0: vm a has this name too'],
  ['[vms.a]\nip = "10.77.0.9"\n[vms.b]\nip = "10.77.0.9"', 'vms.b.ip: vm a has it too'],
  ['[vms.a]\npublish = ["80:80"]\n[vms.b]\npublish = ["127.0.0.1:80:8080"]', 'vms.b.publish: the port 80/tcp'],
])('%j is a mistake', (text, expected) => {
  const [mistake, ...others] = mistakesOf(text);
  expect(mistake).toContain(expected);
  expect(others).toEqual([]);
});

test('all mistakes are told at once', () => {
  const text = '[vms.a]\ncpus = 0\nmemroy = 1\n[vms.B]\nnat = 1\n[images.x]';
  expect(mistakesOf(text)).toHaveLength(5);
});

test('docs/apply.md has an example that is right, and every key', () => {
  const text = readFileSync('docs/apply.md', 'utf8');
  const [, example = ''] = /```toml\n([\s\S]*?)```/.exec(text) ?? [];
  const { project, mistakes } = readProject(parse(example));
  expect([project.vms.map(({ name }) => name), mistakes]).toEqual([['db', 'web'], []]);
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const told = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, key]) => key));
  expect(told).toEqual(expect.arrayContaining(Object.values(keys).map(({ key }) => key)));
});
