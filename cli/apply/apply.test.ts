import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'smol-toml';
import { Image, ImageServiceService, ListImagesResponse } from '../../gen/banger/imaged/v1/image_service.js';
import { VmServiceService } from '../../gen/banger/vmm/v1/vm_service.js';
import { BangerError } from '../../lib/errors.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { vmHandlers } from '../../services/vmm/api/vms.js';
import { banger, serveFake } from '../../test/fakes/command-line.js';
import { FakeWorld } from '../../test/fakes/world.js';

/** Whole command lines against a real vmm whose host is a fake. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let world: FakeWorld;
let file: string;

beforeEach(async () => {
  folder = await tempFolder();
  file = join(folder.path, 'banger.toml');
  world = new FakeWorld();
  world.trashLimits = { retentionMs: 3_600_000, bytes: 1e12 };
  await serveFake('vmm', VmServiceService, vmHandlers(world.vmm));
});

afterEach(async () => {
  await world.vmm.stop();
  await folder.remove();
});

const write = (text: string) => writeFileSync(file, text);
const apply = (options = '') => banger(`apply -f ${file}${options && ` ${options}`}`);
/** What there is, in a few words a VM. */
const there = () =>
  world.store
    .list()
    .map(({ name, spec, status }) => `${name} ${status.state} ${spec.memoryMib} ${spec.nat ? 'nat' : '-'}`);

const two = 'project = "shop"\n[vms.db]\nmemory = "1G"\n[vms.web]\nnat = true\n';

describe('apply', () => {
  test('creates what the file says, and then has nothing to do', async () => {
    write(two);
    const first = await apply();
    expect([first.code, first.stderr]).toEqual([0, expect.any(String)]);
    expect(first.stdout).toContain('+ vm db\n    image  debian\n    memory  1G\n');
    expect(first.stdout).toContain('2 created; look with banger vm list -l banger.apply=shop');
    expect(there()).toEqual(['db RUNNING 1024 -', 'web RUNNING 512 nat']);
    const revision = world.store.revision();
    expect(await apply()).toMatchObject({ code: 0, stdout: 'There is nothing to change.\n' });
    expect(world.store.revision()).toBe(revision);
  });

  test('with --plan shows what it would do, and does nothing', async () => {
    write(two);
    expect((await apply('--plan')).code).toBe(0);
    const { code, stdout } = await apply('--plan --exit-code --json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      10,
      { project: 'shop', applied: false, changes: true, vms: [{ name: 'db', change: 'create' }, { name: 'web' }] },
    ]);
    expect(there()).toEqual([]);
    await apply();
    expect((await apply('--plan --exit-code')).code).toBe(0);
    expect((await apply('--exit-code')).code).toBe(2);
  });

  test('changes what is otherwise, and says what waits for a restart', async () => {
    write(two);
    await apply();
    write(two.replace('1G', '2G').replace('true', 'false'));
    const { stdout } = await apply();
    expect(stdout).toContain('~ vm db\n    memory  1G → 2G  (after `banger vm restart`)\n');
    expect(stdout).toContain('takes full effect with `banger vm restart db`');
    expect(there()).toEqual(['db RUNNING 2048 -', 'web RUNNING 512 -']);
  });

  test('is not done at all when one of three fails', async () => {
    write(`${two}[vms.old]\n`);
    await apply();
    const before = world.store.list().map(({ name, uid, spec }) => ({ name, uid, spec }));
    const labels = 'labels = { tier = "db" }';
    write(
      `${two.replace('memory = "1G"', `memory = "3G"\nwork_disk = 64\n${labels}`)}[vms.new]\n[vms.bad]\nimage = "none"\n`,
    );
    const { code, stderr } = await apply('--prune');
    expect([code, stderr]).toEqual([3, expect.stringContaining('image none')]);
    expect(stderr).toContain('vm db was changed: the work disk of vm db stays larger: one only grows');
    const now = world.store.list().map(({ name, uid, spec }) => ({ name, uid, spec: { ...spec, workDiskMib: 0 } }));
    expect(now).toEqual(before);
    expect(there()).toEqual(['db RUNNING 1024 -', 'old RUNNING 512 -', 'web RUNNING 512 nat']);
  });

  test('removes a VM whose first start failed', async () => {
    write(two);
    world.images.faults.failAlways('acquire', new BangerError('internal', 'HYPERVISOR_FAILED', 'it did not start'));
    const { code, stderr } = await apply('--json');
    expect([code, JSON.parse(stderr).error]).toMatchObject([
      1,
      { reason: 'APPLY_ROLLED_BACK', metadata: { failed: 'HYPERVISOR_FAILED', remains: '' } },
    ]);
    expect(there()).toEqual([]);
    expect(world.leftovers()).toBe('');
  });

  test('with Ctrl-C puts back what was done', async () => {
    write('project = "shop"\n[vms.db]\n');
    await apply();
    write(`${two}[vms.new]\n`);
    world.guests.faults.hang('answers');
    let press: () => void = () => undefined;
    const running = banger(`apply -f ${file}`, ({ interrupt }) => {
      press = interrupt;
    });
    await world.until('new', ({ status }) => status.step === 'guest' || status.state === 'STARTING');
    press();
    const { code, stderr } = await running;
    expect([code, stderr]).toEqual([130, expect.stringContaining('everything is as it was before')]);
    expect(there()).toEqual(['db RUNNING 512 -']);
  });

  test('replaces what cannot be changed, only when asked, and keeps what was in the trash', async () => {
    write('[vms.db]\ndisk = "4G"\n');
    await apply();
    const [former] = world.store.list();
    write('[vms.db]\ndisk = "8G"\n');
    expect(await apply()).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('vm db: disk (4G → 8G) cannot change'),
    });
    expect((await apply('--plan')).code).toBe(5);
    expect((await apply('--replace')).code).toBe(0);
    const [vm] = world.store.list();
    expect([vm?.spec.diskMib, vm?.uid === former?.uid]).toEqual([8192, false]);
    expect(world.trash.list().map(({ vm: { uid } }) => uid)).toEqual([former?.uid]);
  });

  test('brings a VM back that it was to replace when the new one cannot be made', async () => {
    write('[vms.db]\n');
    await apply();
    const [former] = world.store.list();
    write('[vms.db]\nimage = "none"\n');
    expect((await apply('--replace')).code).toBe(3);
    expect(world.store.list()).toMatchObject([{ uid: former?.uid, status: { state: 'RUNNING' } }]);
  });

  test('passes names on from one VM to another', async () => {
    write('[vms.a]\naliases = ["x"]\n[vms.b]\naliases = ["y"]\n');
    await apply();
    write('[vms.a]\naliases = ["y"]\n[vms.b]\naliases = ["x"]\n');
    expect((await apply()).code).toBe(0);
    expect(world.store.list().map(({ spec }) => spec.aliases)).toEqual([['y'], ['x']]);
  });

  test('starts and stops', async () => {
    write('[vms.a]\nrunning = false\n');
    await apply();
    expect(there()).toEqual(['a STOPPED 512 -']);
    write('[vms.a]\n');
    await apply();
    expect(there()).toEqual(['a RUNNING 512 -']);
    write('[vms.a]\nrunning = false\n');
    await apply();
    expect(there()).toEqual(['a STOPPED 512 -']);
  });
});

describe('mistakes', () => {
  test('are all told with their lines, those that vmm finds too, and nothing is done', async () => {
    write(
      'project = "shop"\n\n[vms.web]\ncpus = 99\nmemory = "1M"\n\n[vms.db]\nmemroy = "1G"\npublish = [\n  "80:80",\n  "x",\n]\n',
    );
    const { code, stderr, stdout } = await apply();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.replaceAll(file, 'FILE').split('\n')).toEqual([
      'error: cannot apply FILE:',
      '  line 4: vms.web.cpus: must be 1 to 64, is 99',
      '  line 5: vms.web.memory: must be 64 to 1048576 MiB, is 1',
      '  line 8: vms.db.memroy: there is no such key; did you mean memory?',
      expect.stringMatching(/^ {2}line 11: vms.db.publish.1: must be HOST_PORT:GUEST_PORT/),
      '',
    ]);
    expect(there()).toEqual([]);
  });

  test('in the language are told by their line', async () => {
    write('project = "shop"\n[vms.web\n');
    expect(await apply()).toMatchObject({ code: 2, stderr: expect.stringMatching(/line 2: .+/) });
  });

  test('a file that is not there, and a recipe', async () => {
    expect(await apply()).toMatchObject({ code: 2, stderr: expect.stringContaining(`there is no file ${file}`) });
    writeFileSync(join(folder.path, 'app.toml'), 'name = "other"\n');
    write(
      '[images.app]\nrecipe = "app.toml"\n[images.debian]\nrecipe = "debian-light"\n[images.x]\nrecipe = "./x.toml"\n',
    );
    const { stderr } = await apply();
    expect(stderr).toContain('line 2: images.app.recipe: this recipe makes an image named other: write [images.other]');
    expect(stderr).toContain('line 4: images.debian.recipe: this recipe makes an image named debian-light');
    expect(stderr).toContain(`line 6: images.x.recipe: there is no file ${folder.path}/x.toml`);
  });
});

describe('images', () => {
  const made: string[] = [];
  const deleted: string[] = [];
  beforeEach(async () => {
    made.splice(0);
    deleted.splice(0);
    const image = (name: string) => Image.fromPartial({ name, names: [name] });
    await serveFake('imaged', ImageServiceService, {
      listImages: () => ListImagesResponse.fromPartial({ images: [image('debian'), ...made.map(image)] }),
      async *buildImage({ recipe }) {
        made.push('app');
        yield { event: { $case: 'image', value: image(recipe.endsWith('/app.toml') ? 'app' : recipe) } };
      },
      deleteImage({ image: name }) {
        deleted.push(name);
        return { remainingNames: [] };
      },
    });
    writeFileSync(join(folder.path, 'app.toml'), 'name = "app"\n');
  });

  test('that are not there are made, once', async () => {
    write('[images.app]\nrecipe = "./app.toml"\n[images.debian]\nrecipe = "debian"\n');
    expect((await apply()).stdout).toContain('1 images made');
    expect(made).toEqual(['app']);
    expect((await apply()).stdout).toContain('nothing to change');
    expect([made, deleted]).toEqual([['app'], []]);
  });

  test('that were made go again when the rest fails', async () => {
    write('[images.app]\nrecipe = "./app.toml"\n[vms.db]\nimage = "none"\n');
    expect((await apply()).code).toBe(3);
    expect([made, deleted]).toEqual([['app'], ['app']]);
  });
});

describe('destroy and export', () => {
  test('destroy deletes what is of the project, and leaves the rest', async () => {
    await banger('vm create other --no-start');
    write(`${two}[vms.gone]\n`);
    await apply();
    write(two);
    const destroy = (options = '') => banger(`destroy -f ${file}${options}`);
    expect((await destroy(' --plan')).stdout).toBe('- vm db\n- vm gone\n- vm web\n');
    expect(there()).toHaveLength(4);
    expect(await destroy()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/3 deleted; look with banger vm trash\n$/),
    });
    expect(there()).toEqual(['other STOPPED 512 -']);
    expect((await destroy()).stdout).toContain('nothing to change');
  });

  test('what is exported changes nothing, also from a pipe, and makes the same anew', async () => {
    write(
      `${two}publish = ["8080-8081:80-81"]\nlabels = { app = "shop" }\nwork_disk = "1G"\n[vms.off]\nrunning = false\n`,
    );
    await apply();
    const { stdout } = await banger('export db web off');
    expect(parse(stdout)).toMatchObject({
      project: 'shop',
      vms: { web: { work_disk: '1G', labels: { app: 'shop' } } },
    });
    const before = there();
    const piped = await banger('apply -f - --plan --exit-code', ({ stdin }) => stdin.end(stdout));
    expect(piped).toMatchObject({ code: 0, stdout: 'There is nothing to change.\n' });
    await banger(`destroy -f ${file}`);
    write(stdout);
    expect((await apply()).code).toBe(0);
    expect(there()).toEqual(before);
  });

  test('what a guest was told is exported, and only changes in a new VM, and is not shown', async () => {
    const vm = '[vms.a]\nrunning = false\nuser_data = "secret"\n[vms.a.env]\nTOKEN = "secret"\n';
    write(vm);
    expect((await apply()).stdout).not.toContain('secret');
    const { stdout } = await banger('export a');
    expect(parse(stdout)).toEqual(parse(vm.replace('[vms.a]', '[vms.a]\nimage = "debian"')));
    expect((await apply('--plan --exit-code')).code).toBe(0);
    write(vm.replace('TOKEN = "secret"', 'TOKEN = "hidden"').replace('user_data = "secret"', ''));
    const refused = await apply();
    expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('user_data (6 bytes → none)') });
    expect(refused.stderr).not.toMatch(/secret|hidden/);
    write('[vms.b]\n[vms.b.env]\nA = "x#y"\n');
    expect(await apply()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/line 2: vms.b.env: must have no "#"/),
    });
  });

  test('VMs of several projects are no one file', async () => {
    write('project = "shop"\n[vms.db]\nrunning = false\n');
    await apply();
    await banger('vm create other --no-start');
    expect(await banger('export db other')).toMatchObject({ code: 5, stderr: expect.stringContaining('shop, none') });
  });
});
