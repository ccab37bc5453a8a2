import { expect, test } from '@jest/globals';
import { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import { ListTrashResponse, Vm } from '../../gen/banger/vmm/v1/vm_service.js';
import { banger, serveFake, serveVmm, web } from '../../test/fakes/command-line.js';

const named = (name: string) => Vm.fromPartial({ ...web, name, spec: { ...web.spec, labels: { app: 'ci' } } });
const serve = () =>
  serveVmm({
    listVms: () => ({ vms: [named('web'), named('db')], nextPageToken: '' }),
    getVm: ({ name }) => ({ vm: named(name) }),
    listTrash: () => ListTrashResponse.fromPartial({ vms: [{ name: 'old' }] }),
  });

test('names alone, of a list, of one, and of what is inside', async () => {
  await serve();
  expect((await banger('vm list -o name')).stdout).toBe('web\ndb\n');
  expect((await banger('-o name vm show web')).stdout).toBe('web\n');
  expect((await banger('vm trash --output=name')).stdout).toBe('old\n');
  expect(await banger('version -o name')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('a wide table has more columns, and is not cut', async () => {
  await serve();
  const onTerminal = async (line: string) =>
    (await banger(line, ({ output }) => Object.assign(output, { isTTY: true, columns: 40 }))).stdout;
  const [narrow, wide] = [await onTerminal('vm list'), await onTerminal('vm list -o wide')];
  expect(narrow).not.toContain('LABELS');
  expect(wide).toContain('LABELS');
  expect(wide).toContain('app=ci');
  expect(wide).toContain(web.uid);
  expect(await onTerminal('vm list -o table')).toBe(narrow);
});

test.each(['-o json vm list', 'vm list --output json', 'vm list -o=json'])(
  '%s is JSON, as with --json',
  async (line) => {
    await serve();
    expect((await banger(line)).stdout).toBe((await banger('vm list --json')).stdout);
  },
);

test.each(['vm lst -o json', 'vm lst --output=json', '-o json vm show'])(
  'a mistake is told in JSON too: %s',
  async (line) => {
    const { code, stderr } = await banger(line);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { reason: 'USAGE' } });
  },
);

test('what is no way to print is a mistake, and so are two at once', async () => {
  const { stderr } = await banger('vm list -o yaml');
  expect(stderr).toContain('--output: must be table or wide or json or name, is "yaml"');
  expect((await banger('vm list --json -o wide')).stderr).toContain('give either --json or --output wide, not both');
  expect((await banger('vm list -o')).stderr).toContain('needs a value after it');
});

test('a command that writes a file has --output for that', async () => {
  await serveFake('imaged', ImageServiceService, {});
  const { stdout } = await banger('image export --help');
  expect(stdout).toMatch(/--output +The file/);
  expect(stdout).not.toContain('names alone');
});
