import { describe, expect, test } from '@jest/globals';
import { ImageServiceService, ListImagesResponse } from '../gen/banger/imaged/v1/image_service.js';
import { type CreateVmRequest, ListVmsResponse, type UpdateVmRequest, Vm } from '../gen/banger/vmm/v1/vm_service.js';
import { BangerError } from '../lib/errors.js';
import { banger, serveFake, serveVmm, web } from '../test/fakes/command-line.js';

/** VMs `a` and `b` have the label app=ci; every selector that is asked for is kept. */
async function labelled(stopped: string[] = []) {
  const selectors: string[] = [];
  await serveVmm({
    listVms({ selector }) {
      selectors.push(selector);
      const names = selector === 'app=ci' ? ['a', 'b'] : [];
      return ListVmsResponse.fromPartial({ vms: names.map((name) => ({ name })) });
    },
    stopVm({ name }) {
      stopped.push(name);
      return { vm: Vm.fromPartial({ name }) };
    },
  });
  return selectors;
}

describe('a verb with a selector', () => {
  test('is done to all VMs that it names', async () => {
    const stopped: string[] = [];
    await labelled(stopped);
    expect((await banger('vm stop -l app=ci --json')).code).toBe(0);
    expect(stopped.sort()).toEqual(['a', 'b']);
  });

  test('several are one, all of which must be met', async () => {
    const selectors = await labelled();
    await banger('vm stop -l app=ci,!keep --selector tier=db');
    expect(selectors).toEqual(['app=ci,!keep,tier=db']);
  });

  test('that names none does nothing, and says so', async () => {
    const stopped: string[] = [];
    await labelled(stopped);
    expect(await banger('vm stop -l app=web')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no vm has the labels app=web: nothing to do\n',
    });
    expect(await banger('vm stop -l app=web --json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    expect(stopped).toEqual([]);
  });

  test('takes either names or a selector, and one of them', async () => {
    const both = await banger('vm stop web -l app=ci --grace x');
    expect([both.code, both.stderr]).toEqual([
      2,
      expect.stringMatching(/give either NAME or --selector, not both\n.*--grace/),
    ]);
    expect((await banger('vm stop')).stderr).toContain('NAME is missing: the name of a VM');
  });

  test('has all mistakes of the selector told, as vmm finds them', async () => {
    const description = '"a b": the key "a b" must be letters';
    await serveVmm({
      listVms() {
        const fields = [{ field: 'selector', description }];
        throw new BangerError('invalid', 'INVALID_REQUEST', `cannot list vms: selector: ${description}`, { fields });
      },
    });
    const { code, stderr } = await banger('vm stop -l x=y=z');
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--selector: ${description}`)]);
  });
});

describe('lists', () => {
  test('of VMs', async () => {
    const selectors = await labelled();
    expect((await banger('vm list -l app=ci')).stdout).toMatch(/^NAME.*\na .*\nb /);
    expect((await banger('vm list -l app=web')).stdout).toBe('No VM has the labels app=web.\n');
    expect((await banger('vm list')).stdout).toContain('There are no VMs.');
    expect(selectors).toEqual(['app=ci', 'app=web', '']);
  });

  test('of images, by the labels of their container images', async () => {
    const container = { labels: { 'org.example.team': 'web', title: 'of two words' } };
    const images = [{ name: 'app', provenance: { container } }, { name: 'debian' }];
    await serveFake('imaged', ImageServiceService, { listImages: () => ListImagesResponse.fromPartial({ images }) });
    const names = async (line: string) =>
      JSON.parse((await banger(`${line} --json`)).stdout).map(({ name }: Vm) => name);
    expect(await names('image list -l org.example.team=web')).toEqual(['app']);
    expect(await names('image list -l !title')).toEqual(['debian']);
    expect((await banger('image list -l none')).stdout).toBe('No image has the labels none.\n');
    const wrong = await banger('image list -l _x,y=');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--selector: "_x"')]);
  });
});

describe('labels', () => {
  test('are put on a new VM', async () => {
    const asked: CreateVmRequest[] = [];
    await serveVmm({
      createVm(request) {
        asked.push(request);
        return { vm: web };
      },
    });
    await banger('vm create web --label app=ci,tier --label zone=a --no-wait');
    expect(asked).toMatchObject([{ spec: { labels: { app: 'ci', tier: '', zone: 'a' } } }]);
    expect((await banger('vm create web --label a=b=c')).stderr).toContain('--label: "a=b=c": the value "b=c" must be');
  });

  test('are changed, and stay when they are not named', async () => {
    const asked: UpdateVmRequest[] = [];
    await serveVmm({
      updateVm(request) {
        asked.push(request);
        return { vm: web };
      },
    });
    await banger('vm set web --label app=web --unlabel tier,zone');
    await banger('vm set web --unlabel app');
    await banger('vm set web --cpus 2');
    expect(asked.map(({ labels }) => labels)).toEqual([
      { set: { app: 'web' }, remove: ['tier', 'zone'] },
      { set: {}, remove: ['app'] },
      undefined,
    ]);
  });

  test('are shown', async () => {
    const labels = { app: 'ci', tier: '' };
    await serveVmm({ getVm: () => ({ vm: Vm.fromPartial({ ...web, spec: { ...web.spec, labels } }) }) });
    expect((await banger('vm show web')).stdout).toMatch(/Labels +app=ci, tier=\n/);
  });
});
