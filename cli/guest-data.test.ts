import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Image, ImageServiceService } from '../gen/banger/imaged/v1/image_service.js';
import { VmServiceService } from '../gen/banger/vmm/v1/vm_service.js';
import { tempFolder } from '../lib/testing/temp-folder.js';
import { vmHandlers } from '../services/vmm/api/vms.js';
import { banger, serveFake } from '../test/fakes/command-line.js';
import { FakeWorld } from '../test/fakes/world.js';

/** What a guest is told, from the command line into a real vmm whose host is a fake. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let world: FakeWorld;
let given: string;

beforeEach(async () => {
  folder = await tempFolder();
  world = new FakeWorld();
  await serveFake('vmm', VmServiceService, vmHandlers(world.vmm));
  const [env, data] = [join(folder.path, 'ci.env'), join(folder.path, 'init.yaml')];
  writeFileSync(env, '# of the runner\nTOKEN=secret\n');
  writeFileSync(data, '#cloud-config\npassword: secret\n');
  given = `--env-file ${env} --user-data ${data}`;
});

afterEach(async () => {
  await world.vmm.stop();
  await folder.remove();
});

const withPackages = (...packages: string[]) =>
  serveFake('imaged', ImageServiceService, {
    listImages: () => ({
      images: [Image.fromPartial({ name: 'debian', names: ['debian'], provenance: { packages } })],
    }),
  });

test('files reach the VM, and no answer about it has them', async () => {
  await withPackages('cloud-init=22.4');
  const created = await banger(`vm create web ${given} --no-start --json`);
  expect(created).toMatchObject({ code: 0, stderr: '' });
  expect(world.store.findByName('web')?.spec).toMatchObject({
    environment: { TOKEN: 'secret' },
    userData: '#cloud-config\npassword: secret\n',
  });
  await banger('vm set web --nat on');
  const answers = [
    created.stdout,
    (await banger('vm show web --json')).stdout,
    (await banger('vm list --json')).stdout,
  ];
  for (const answer of answers) expect(answer).not.toContain('secret');
});

test('an image without cloud-init is told of, when that is known', async () => {
  await withPackages('openssh-server=1', 'cloud-initramfs=2');
  expect((await banger(`vm create web ${given} --no-start`)).stderr).toContain('image debian has no cloud-init');
});

test('of an image whose packages are not known nothing is said', async () => {
  await withPackages();
  expect((await banger(`vm create db ${given} --no-start`)).stderr).not.toContain('cloud-init');
});

test('all mistakes of the files are told', async () => {
  const env = join(folder.path, 'bad.env');
  writeFileSync(env, 'A=1\nnothing\n=x\n');
  const { code, stderr } = await banger(`vm create web --env-file ${env} --user-data ${folder.path}/none`);
  expect(code).toBe(2);
  expect(stderr).toContain('--env-file: line 2: must be NAME=value');
  expect(stderr).toContain('--env-file: line 3');
  expect(stderr).toContain(`--user-data: there is no file ${folder.path}/none`);
  writeFileSync(env, 'A="1"\nB=x#y\n');
  const judged = await banger(`vm create web --env-file ${env}`);
  expect([judged.code, judged.stderr]).toEqual([
    2,
    expect.stringMatching(/--env-file: must not begin with a quote[\s\S]*"#"/),
  ]);
});
