import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { CreateVmRequest, type UpdateVmRequest, Vm, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { fromWireSpec, fromWireUpdate, toWireSpec } from '../../services/vmm/api/convert.js';
import { changedLabels } from '../../services/vmm/domain/label-change.js';
import { changedPolicy, unpublishViolations } from '../../services/vmm/domain/policy-change.js';
import { withDefaults } from '../../services/vmm/domain/spec.js';
import { projectLabel } from './compare.js';
import { currentOf } from './current.js';
import { type ExportedVm, exportText } from './export.js';
import type { Project } from './file.js';
import { type Current, destructionOf, isEmpty, type Plan, type PlanOptions, planOf } from './plan.js';
import { readProject } from './project.js';
import { type GuestData, inOneForm, specOf, standardShape, type VmShape } from './shape.js';
import { type Step, stagesOf } from './steps.js';

const everything: PlanOptions = { prune: true, replace: true, adopt: true };
const nothing: PlanOptions = { prune: false, replace: false, adopt: false };

/** What there is, changed by the rules of vmm itself. */
class FakeBanger {
  readonly vms = new Map<string, Vm>();
  readonly images = new Set<string>();
  /** What guests were told at their creation. */
  readonly data = new Map<string, GuestData>();

  current(): Current {
    const vms = [...this.vms.values()].map((vm) => currentOf(vm, this.data.get(vm.name)));
    return { vms, images: [...this.images] };
  }

  told(): ExportedVm[] {
    const none = { environment: {}, userData: '' };
    return [...this.vms.values()].map((vm) => ({ vm, data: this.data.get(vm.name) ?? none }));
  }

  carryOut(plan: Plan): void {
    for (const step of stagesOf(plan).flat()) this.#do(step);
  }

  #do(step: Step): void {
    if (step.kind === 'make-image') this.images.add(step.image.name);
    else if (step.kind === 'delete') this.vms.delete(step.vm.name);
    else if (step.kind === 'create') this.create(step.name, step.goal);
    else if (step.kind === 'update') this.update(step.request);
    else this.#setState(step.name, step.kind === 'start' ? VmState.RUNNING : VmState.STOPPED);
  }

  create(name: string, shape: VmShape): void {
    if (this.vms.has(name)) throw new Error(`${name} is there`);
    const { spec, violations } = fromWireSpec(CreateVmRequest.fromPartial({ spec: specOf(shape) }).spec);
    expect(violations).toEqual([]);
    this.data.set(name, { environment: spec.environment, userData: spec.userData });
    this.#put(name, toWireSpec(withDefaults(spec)), shape.running ? VmState.RUNNING : VmState.STOPPED);
  }

  update(request: UpdateVmRequest): void {
    const vm = this.vms.get(request.name);
    const { spec } = fromWireSpec(vm?.spec);
    const { change, policy, labels, violations } = fromWireUpdate(request);
    expect([...violations, ...(policy ? unpublishViolations(spec.policy, policy) : [])]).toEqual([]);
    const changed = {
      ...spec,
      ...change,
      ...(policy && { policy: changedPolicy(spec.policy, policy) }),
      ...(labels && { labels: changedLabels(spec.labels, labels) }),
    };
    this.#put(request.name, toWireSpec(withDefaults(changed)), vm?.status?.state ?? VmState.STOPPED);
  }

  #put(name: string, spec: object, state: VmState): void {
    const names = [...this.vms.values()].filter((vm) => vm.name !== name);
    const taken = names.flatMap((vm) => [vm.name, ...(vm.spec?.aliases ?? [])]);
    const vm = Vm.fromPartial({ name, uid: name, spec, status: { state } });
    for (const own of [name, ...(vm.spec?.aliases ?? [])]) if (taken.includes(own)) throw new Error(`${own} is taken`);
    this.vms.set(name, vm);
  }

  #setState(name: string, state: VmState): void {
    const vm = this.vms.get(name);
    if (vm) this.vms.set(name, Vm.fromPartial({ ...vm, status: { ...vm.status, state } }));
  }
}

const some = <T>(...words: T[]) => fc.uniqueArray(fc.constantFrom(...words), { maxLength: 3 });
const shapes: fc.Arbitrary<VmShape> = fc
  .record({
    image: fc.constantFrom('debian', 'app'),
    kernel: fc.constantFrom('', 'cloud'),
    init: fc.constantFrom('', 'system', 'light'),
    cpus: fc.integer({ min: 1, max: 4 }),
    memory: fc.constantFrom(512, 1000, 2048),
    disk: fc.constantFrom(8192, 4000),
    workDisk: fc.constantFrom(0, 100, 2048),
    nat: fc.boolean(),
    aliases: fc.constant<string[]>([]),
    ip: fc.constantFrom('', '10.77.0.9'),
    mac: fc.constantFrom('', '52:54:00:AA:00:01'),
    allowFrom: some('web', '10.0.0.1/32', 'all', '10.1.0.0/16'),
    egress: some('allow:Example.org', 'deny:10.0.0.0/8', 'allow:all:443/tcp'),
    publish: some('8080:80', '8081-8083:81-83', '127.0.0.1:53:53/udp', '9000:80', '9000:81'),
    hypervisor: fc.constantFrom('any', 'qemu', 'firecracker'),
    restart: fc.constantFrom('never', 'on-failure', 'always'),
    autostart: fc.boolean(),
    autostartOrder: fc.integer({ min: 0, max: 3 }),
    labels: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('', '1', '2')),
    environment: fc.dictionary(fc.constantFrom('A', 'B'), fc.constantFrom('', 'x=y z', 'ä"')),
    userData: fc.constantFrom('', '#cloud-config\n', 'a"\\\n\tb\u007f'),
    running: fc.boolean(),
  })
  .map(inOneForm);

/** Up to four VMs; each alias is had by one of them. */
const projects: fc.Arbitrary<Project> = fc
  .record({
    name: fc.constantFrom('', 'shop', 'other'),
    images: fc.constantFrom([], [{ name: 'app', how: 'recipe' as const, source: 'app', kind: '' }]),
    vms: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), shapes),
    aliases: fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('a', 'b', 'c', 'd'))),
  })
  .map(({ name, images, vms, aliases }) => {
    const holders = new Map(aliases);
    const aliasesOf = (vm: string) => [...holders].flatMap(([alias, holder]) => (holder === vm ? [alias] : []));
    const named = Object.entries(vms).map(([vm, shape]) => ({ name: vm, shape: { ...shape, aliases: aliasesOf(vm) } }));
    return { name, images, vms: named };
  });

describe('whatever there was', () => {
  test('a file that is applied twice changes nothing the second time', () => {
    fc.assert(
      fc.property(projects, projects, (before, wanted) => {
        const banger = new FakeBanger();
        banger.carryOut(planOf(before, banger.current(), everything));
        const plan = planOf(wanted, banger.current(), everything);
        // What is of another project stays in the way: that is for its owner to solve.
        fc.pre(plan.refusals.length === 0 && !clashes(banger, wanted));
        banger.carryOut(plan);
        const again = planOf(wanted, banger.current(), everything);
        expect([again.images, again.vms, again.unlisted, again.refusals]).toEqual([[], [], [], []]);
      }),
      { numRuns: 150 },
    );
  });

  test('VMs that are exported are a file that changes nothing', () => {
    fc.assert(
      fc.property(projects, (wanted) => {
        const banger = new FakeBanger();
        banger.carryOut(planOf(wanted, banger.current(), everything));
        fc.pre(banger.vms.size > 0);
        const { project, mistakes } = readProject(parse(exportText(banger.told())));
        // Two VMs of one file may want the same place: that is told when it is read, and has no plan.
        fc.pre(mistakes.length === 0);
        expect(project.name).toBe(wanted.name);
        const plan = planOf(project, banger.current(), nothing);
        expect([plan.vms, plan.refusals]).toEqual([[], []]);
      }),
      { numRuns: 150 },
    );
  });

  test('every change of a VM can be put back but for a work disk that has grown', () => {
    fc.assert(
      fc.property(projects, projects, (before, wanted) => {
        const banger = new FakeBanger();
        banger.carryOut(planOf({ ...before, name: 'shop' }, banger.current(), everything));
        const plan = planOf({ ...wanted, name: 'shop' }, banger.current(), everything);
        const updates = stagesOf(plan)
          .flat()
          .filter((step) => step.kind === 'update');
        fc.pre(plan.vms.every(({ kind }) => kind === 'update' || kind === 'create') && !clashes(banger, wanted));
        const former = new Map([...banger.vms].map(([name, vm]) => [name, currentOf(vm).shape]));
        for (const { request } of updates) banger.update(request);
        for (const { back } of [...updates].reverse()) if (back) banger.update(back);
        for (const [name, vm] of banger.vms) {
          const { workDisk: _, ...now } = currentOf(vm).shape;
          const { workDisk: __, ...then } = former.get(name) ?? standardShape;
          expect(sorted(now)).toEqual(sorted(then));
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** Whether a name that is wanted is an alias of a VM that the file does not decide about. */
function clashes(banger: FakeBanger, wanted: Project): boolean {
  const mine = (vm: Vm) => wanted.name !== '' && vm.spec?.labels[projectLabel] === wanted.name;
  const others = [...banger.vms.values()].filter((vm) => !mine(vm) && !wanted.vms.some(({ name }) => name === vm.name));
  const taken = others.flatMap((vm) => [vm.name, ...(vm.spec?.aliases ?? [])]);
  return wanted.vms.some(({ name, shape }) => [name, ...shape.aliases].some((one) => taken.includes(one)));
}

function sorted(shape: Partial<VmShape>): object {
  const { aliases = [], publish = [], allowFrom = [] } = shape;
  return { ...shape, aliases: [...aliases].sort(), publish: [...publish].sort(), allowFrom: [...allowFrom].sort() };
}

describe('a plan', () => {
  const shape = standardShape;
  const vm = (name: string, change: Partial<VmShape> = {}, project = 'shop', state = VmState.RUNNING) => {
    const labels = { ...change.labels, ...(project && { [projectLabel]: project }) };
    const status = { state, ipv4Address: '10.77.0.10', macAddress: '52:54:00:00:00:0a' };
    return currentOf(
      Vm.fromPartial({ name, uid: `uid-${name}`, spec: specOf({ ...shape, ...change, labels }), status }),
    );
  };
  const file = (vms: Readonly<Record<string, Partial<VmShape>>>, name = 'shop'): Project => {
    return {
      name,
      images: [],
      vms: Object.entries(vms).map(([one, change]) => ({ name: one, shape: { ...shape, ...change } })),
    };
  };
  const plan = (project: Project, vms: Current['vms'], options: Partial<PlanOptions> = {}) =>
    planOf(project, { vms, images: [] }, { ...nothing, ...options });

  test('tells each change, and when it takes effect', () => {
    const wanted = { cpus: 2, nat: true, publish: ['80:80'], workDisk: 1024, labels: { app: 'x' } };
    const { vms } = plan(file({ web: wanted }), [vm('web', { publish: ['8080:80'] })]);
    expect(vms).toMatchObject([
      {
        kind: 'update',
        name: 'web',
        fields: [
          { key: 'cpus', from: '1', to: '2', when: 'next-start' },
          { key: 'work_disk', from: 'none', to: '1G', when: 'next-start' },
          { key: 'nat', from: 'false', to: 'true', when: 'now' },
          { key: 'publish', from: '8080:80', to: '80:80', when: 'now' },
          { key: 'labels', from: 'banger.apply=shop', to: 'app=x, banger.apply=shop', when: 'now' },
        ],
      },
    ]);
  });

  test.each([
    [{ image: 'app' }, {}, 'image (debian → app)'],
    [{ disk: 4096 }, {}, 'disk (8G → 4G)'],
    [{ workDisk: 100 }, { workDisk: 200 }, 'work_disk (200M → 100M)'],
    [{ ip: '10.77.0.99' }, {}, 'ip (any → 10.77.0.99)'],
  ])('%j of one that is %j is refused without --replace', (wanted, is, told) => {
    const there = [vm('web', is)];
    const refused = plan(file({ web: wanted }), there);
    expect(refused.refusals).toEqual([{ name: 'web', description: expect.stringContaining(told) }]);
    const replaced = plan(file({ web: wanted }), there, { replace: true });
    expect([replaced.refusals, replaced.vms.map(({ kind }) => kind)]).toEqual([[], ['replace']]);
    expect(stagesOf(replaced).map((steps) => steps.map(({ kind }) => kind))).toEqual([['delete'], ['create']]);
  });

  test('is content with the address that a VM has, and with any that is not asked for', () => {
    expect(isEmpty(plan(file({ web: { ip: '10.77.0.10', mac: '52:54:00:00:00:0a' } }), [vm('web')]))).toBe(true);
    expect(isEmpty(plan(file({ web: {} }), [vm('web', { ip: '10.77.0.10' })]))).toBe(true);
  });

  test('leaves VMs alone that the file has no more, unless they are pruned', () => {
    const there = [vm('web'), vm('old'), vm('foreign', {}, 'other'), vm('free', {}, '')];
    expect(plan(file({ web: {} }), there)).toMatchObject({ vms: [], unlisted: ['old'] });
    expect(plan(file({ web: {} }), there, { prune: true })).toMatchObject({
      vms: [{ kind: 'delete', name: 'old' }],
      unlisted: [],
    });
    expect(plan(file({ web: {} }, ''), there, { prune: true }).vms).toEqual([]);
  });

  test('takes no VM of another project, and one of none only when asked', () => {
    const wanted = file({ web: { nat: true } });
    expect(plan(wanted, [vm('web', {}, 'other')], everything).refusals).toMatchObject([
      { description: expect.stringContaining('it is of project other, and the file is project shop') },
    ]);
    expect(plan(wanted, [vm('web', {}, '')]).refusals).toMatchObject([
      { description: expect.stringContaining('--adopt') },
    ]);
    expect(plan(wanted, [vm('web', {}, '')], { adopt: true })).toMatchObject({
      refusals: [],
      vms: [{ kind: 'update' }],
    });
    expect(plan(file({ web: { nat: true } }, ''), [vm('web')]).refusals).toHaveLength(1);
    expect(plan(file({ web: { nat: true } }, ''), [vm('web', {}, '')]).refusals).toEqual([]);
  });

  test('waits for no VM that goes, and touches none that an image is built in', () => {
    const going = [vm('web', {}, 'shop', VmState.DELETING)];
    expect(plan(file({ web: { nat: true } }), going).refusals).toHaveLength(1);
    expect(plan(file({}), going, { prune: true }).refusals).toHaveLength(1);
    const building = [{ ...vm('web', {}, ''), temporary: true }];
    expect(plan(file({ web: { nat: true } }), building, everything).refusals).toHaveLength(1);
  });

  test('lets go of names and ports before others take them', () => {
    const wanted = file({ a: { aliases: ['y'], publish: ['2:80'] }, b: { aliases: ['x'], publish: ['1:80'] } });
    const there = [vm('a', { aliases: ['x'], publish: ['1:80'] }), vm('b', { aliases: ['y'], publish: ['2:80'] })];
    const stages = stagesOf(plan(wanted, there));
    expect(stages.map((steps) => steps.map((step) => step.kind === 'update' && step.request.aliases?.aliases))).toEqual(
      [
        [[], []],
        [['y'], ['x']],
      ],
    );
  });

  test.each([
    [VmState.RUNNING, true, []],
    [VmState.PAUSED, true, []],
    [VmState.STARTING, true, []],
    [VmState.STOPPED, false, []],
    [VmState.FAILED, false, []],
    [VmState.STOPPED, true, ['start']],
    [VmState.FAILED, true, ['start']],
    [VmState.RUNNING, false, ['stop']],
    [VmState.PAUSED, false, ['stop']],
  ])('a VM in state %s that shall run, %s: %j', (state, running, kinds) => {
    const steps = stagesOf(plan(file({ web: { running } }), [vm('web', {}, 'shop', state)])).flat();
    expect(steps.map(({ kind }) => kind)).toEqual(kinds);
  });

  test('of destruction has the VMs of the project, listed or not, and of a file without one those that it names', () => {
    const there = [vm('web'), vm('old'), vm('foreign', {}, 'other'), vm('free', {}, '')];
    const names = (project: Project) => destructionOf(project, { vms: there, images: [] }).vms.map(({ name }) => name);
    expect(names(file({ web: {}, foreign: {}, free: {}, none: {} }))).toEqual(['old', 'web']);
    expect(names(file({ web: {}, free: {} }, ''))).toEqual(['free']);
  });
});
