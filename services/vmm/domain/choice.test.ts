import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lacksOf } from '../../../lib/finding.js';
import { type ChoiceFacts, type ChoiceSettings, chooseHypervisor, describeHypervisors } from './choice.js';
import { bad, type Finding, good } from './finding.js';
import { hypervisorKinds } from './vm.js';

const standard: ChoiceSettings = { hypervisor: 'any', acceleration: 'auto', jail: 'auto' };
const noFirecracker = bad('its program firecracker was not found', 'install it');
const noQemu = bad('its program qemu was not found', 'apt install qemu-system-x86');
const noJailer = bad('its program jailer was not found', 'put it on PATH');
const noKvm = { user: 'root', hasVirtualisation: false, isPvm: false, deviceError: 'ENOENT' };
const jailed = good('it is locked up');

interface Parts {
  readonly firecracker?: Finding;
  readonly qemu?: Finding;
  readonly kvm?: Partial<ChoiceFacts['kvm']>;
  readonly trials?: ChoiceFacts['trials'];
  readonly jailer?: Finding;
  readonly kernelHasPvh?: boolean;
}

/** A host with everything, and KVM that both kinds have proven, but for what is said. */
function host(parts: Parts = {}): ChoiceFacts {
  const { firecracker = good(''), qemu = good(''), kvm = {}, trials, jailer = jailed, kernelHasPvh } = parts;
  return {
    reports: [
      { kind: 'firecracker', program: '/fc', version: '1.16.1', usable: firecracker },
      { kind: 'qemu', program: '/qemu', version: '7.2.22', usable: qemu },
    ],
    kvm: { user: 'root', hasVirtualisation: true, isPvm: false, ...kvm },
    trials: trials ?? { firecracker: {}, qemu: {} },
    jailer,
    ...(kernelHasPvh !== undefined && { kernelHasPvh }),
  };
}

const passed = (kind: string) => `KVM passed a trial boot with ${kind}`;

describe('a vm that leaves the choice to the host', () => {
  test.each<[string, Parts, string, string, string]>([
    ['everything there', {}, 'firecracker', 'kvm', `firecracker is the first choice; ${passed('firecracker')}`],
    [
      'no trial yet',
      { trials: {} },
      'firecracker',
      'kvm',
      'firecracker is the first choice; KVM is there, and the first start of a vm proves it with a trial boot',
    ],
    [
      'no firecracker',
      { firecracker: noFirecracker },
      'qemu',
      'kvm',
      `firecracker is passed over: its program firecracker was not found; ${passed('qemu')}`,
    ],
    [
      'a trial that failed with firecracker only',
      { trials: { firecracker: { problem: 'it ended' }, qemu: {} } },
      'qemu',
      'kvm',
      `firecracker is passed over: KVM failed a trial boot with firecracker: it ended; ${passed('qemu')}`,
    ],
    [
      'trials that failed',
      { trials: { firecracker: { problem: 'it ended' }, qemu: { problem: 'it hung' } } },
      'qemu',
      'tcg',
      'firecracker is passed over: KVM failed a trial boot with firecracker: it ended; ' +
        'qemu emulates the processor, because KVM failed a trial boot with qemu: it hung',
    ],
    [
      'no KVM',
      { kvm: noKvm },
      'qemu',
      'tcg',
      'firecracker needs KVM; qemu emulates the processor, because /dev/kvm does not exist',
    ],
    [
      'neither firecracker nor KVM',
      { firecracker: noFirecracker, kvm: noKvm },
      'qemu',
      'tcg',
      'firecracker is passed over: its program firecracker was not found; ' +
        'qemu emulates the processor, because /dev/kvm does not exist',
    ],
    ['no qemu', { qemu: noQemu }, 'firecracker', 'kvm', `firecracker is the first choice; ${passed('firecracker')}`],
  ])('%s', (_what, parts, kind, acceleration, reason) => {
    const choice = chooseHypervisor('any', standard, host(parts));
    expect(choice).toMatchObject({ chosen: { kind, acceleration, reason } });
  });

  test('with neither, what each lacks is told, once each', () => {
    expect(chooseHypervisor('any', standard, host({ firecracker: noFirecracker, qemu: noQemu }))).toEqual({
      missing: [
        {
          type: 'TOOL',
          subject: 'a usable firecracker',
          severity: 'error',
          found: 'its program firecracker was not found',
          remedy: 'install it',
        },
        {
          type: 'TOOL',
          subject: 'a usable qemu',
          severity: 'error',
          found: 'its program qemu was not found',
          remedy: 'apt install qemu-system-x86',
        },
      ],
    });
  });

  test('what both lack is told once', () => {
    const choice = chooseHypervisor('any', { ...standard, acceleration: 'kvm' }, host({ kvm: noKvm }));
    expect(choice).toMatchObject({ missing: [{ type: 'DEVICE', subject: 'a KVM that works' }] });
  });
});

test('the wish of a vm beats the configuration, which beats the order', () => {
  const settings: ChoiceSettings = { ...standard, hypervisor: 'qemu' };
  expect(chooseHypervisor('any', settings, host())).toMatchObject({
    chosen: { kind: 'qemu', reason: `\`hypervisor\` in [vmm] is "qemu"; ${passed('qemu')}` },
  });
  expect(chooseHypervisor('firecracker', settings, host())).toMatchObject({
    chosen: { kind: 'firecracker', reason: `the vm asks for firecracker; ${passed('firecracker')}` },
  });
});

describe('firecracker, asked for by name, is refused with the way out, QEMU included', () => {
  const fallback = 'or use `--hypervisor qemu`';

  test.each<[string, Parts, Partial<ChoiceSettings>, string]>([
    [
      'no program',
      { firecracker: noFirecracker },
      {},
      `its program firecracker was not found; install it; ${fallback}`,
    ],
    ['no virtualisation', { kvm: { hasVirtualisation: false } }, {}, 'neither vmx nor svm; enable virtualisation'],
    ['no right', { kvm: { deviceError: 'EACCES' } }, {}, 'sudo usermod -aG kvm root'],
    ['the other KVM', { kvm: { isPvm: true } }, {}, 'kvm_pvm is loaded'],
    ['a trial that failed', { trials: { firecracker: { problem: 'it ended' } } }, {}, 'firecracker: it ended;'],
    ['emulation asked for', {}, { acceleration: 'tcg' }, '`acceleration` in [vmm] is "tcg"; set it to "auto"'],
    ['no jail', { jailer: noJailer }, { jail: 'on' }, 'its program jailer was not found; put it on PATH'],
  ])('%s', (_what, parts, settings, description) => {
    const choice = chooseHypervisor('firecracker', { ...standard, ...settings }, host(parts));
    if (!('missing' in choice)) throw new Error('it was not refused');
    expect(lacksOf(choice.missing)).toEqual([
      expect.objectContaining({ description: expect.stringContaining(description) }),
    ]);
    expect(choice.missing).toEqual([expect.objectContaining({ remedy: expect.stringContaining(fallback) })]);
  });
});

test('only firecracker is jailed, where it can be; without a jail it runs only when none is demanded', () => {
  expect(chooseHypervisor('firecracker', standard, host())).toMatchObject({ chosen: { jailed: true } });
  expect(chooseHypervisor('qemu', standard, host())).toMatchObject({ chosen: { jailed: false } });
  const unjailed = host({ jailer: noJailer });
  expect(chooseHypervisor('any', standard, unjailed)).toMatchObject({ chosen: { kind: 'firecracker', jailed: false } });
  expect(chooseHypervisor('any', { ...standard, jail: 'on' }, unjailed)).toMatchObject({
    chosen: {
      kind: 'qemu',
      reason: `firecracker is passed over: its program jailer was not found; ${passed('qemu')}`,
    },
  });
});

test('a kernel without the PVH entry is never given to QEMU, and the way out is told', () => {
  const wayOut = expect.stringMatching(/--hypervisor firecracker.*CONFIG_PVH=y/);
  const found = expect.stringMatching(/no PVH entry/);
  const refused = { subject: 'a kernel that QEMU can boot', found, remedy: wayOut };
  const facts = host({ kernelHasPvh: false });
  expect(chooseHypervisor('any', standard, facts)).toMatchObject({ chosen: { kind: 'firecracker' } });
  expect(chooseHypervisor('qemu', standard, facts)).toEqual({ missing: [expect.objectContaining(refused)] });
  const withoutKvm = chooseHypervisor('any', standard, host({ kernelHasPvh: false, kvm: noKvm }));
  expect(withoutKvm).toMatchObject({ missing: [{ subject: 'a KVM that works' }, refused] });
  expect(chooseHypervisor('qemu', standard, host({ kernelHasPvh: true }))).toMatchObject({ chosen: { kind: 'qemu' } });
});

test('a report tells of the choice and of everything that it was made from', () => {
  const facts = host({ kvm: noKvm });
  expect(describeHypervisors(standard, facts)).toMatchObject({
    chosen: { kind: 'qemu', acceleration: 'tcg', version: '7.2.22' },
    reports: [{ kind: 'firecracker' }, { kind: 'qemu' }],
    kvm: { ok: false, detail: '/dev/kvm does not exist' },
    jailer: jailed,
  });
  const none = describeHypervisors(standard, host({ firecracker: noFirecracker, qemu: noQemu }));
  expect(none).not.toHaveProperty('chosen');
  expect(none.missing).toHaveLength(2);
});

const anyWish = fc.constantFrom('any', ...hypervisorKinds);
const anyTrial = fc.option(fc.record({ problem: fc.option(fc.constant('it hung'), { nil: undefined }) }), {
  nil: undefined,
});
const anySettings: fc.Arbitrary<ChoiceSettings> = fc.record({
  hypervisor: anyWish,
  acceleration: fc.constantFrom('auto', 'kvm', 'tcg'),
  jail: fc.constantFrom('auto', 'on', 'off'),
});
const anyHost: fc.Arbitrary<ChoiceFacts> = fc
  .record({
    firecracker: fc.constantFrom(good(''), noFirecracker),
    qemu: fc.constantFrom(good(''), noQemu),
    jailer: fc.constantFrom(jailed, noJailer),
    kvm: fc.record({
      deviceError: fc.constantFrom(undefined, 'ENOENT', 'EACCES', 'EPERM', 'ENXIO'),
      hasVirtualisation: fc.boolean(),
      isPvm: fc.boolean(),
    }),
    trials: fc.record({ firecracker: anyTrial, qemu: anyTrial }),
    kernelHasPvh: fc.boolean(),
  })
  .map(host);

test('on every host: a choice that can work and says why, or the way out of everything that is in its way', () => {
  fc.assert(
    fc.property(anyWish, anySettings, anyHost, (wish, settings, facts) => {
      const choice = chooseHypervisor(wish, settings, facts);
      if ('missing' in choice) {
        expect(choice.missing.length).toBeGreaterThan(0);
        for (const { found, remedy } of choice.missing) expect([found, remedy]).not.toContain('');
        return;
      }
      const { kind, acceleration, jailed: isJailed, reason } = choice.chosen;
      const trial = facts.trials[kind];
      expect(facts.reports.find((report) => report.kind === kind)?.usable.ok).toBe(true);
      if (wish !== 'any') expect(kind).toBe(wish);
      if (kind === 'firecracker') expect(acceleration).toBe('kvm');
      else expect(facts.kernelHasPvh).toBe(true);
      if (acceleration === 'kvm') {
        expect(facts.kvm.deviceError).toBeUndefined();
        expect(settings.acceleration === 'kvm' || trial?.problem === undefined).toBe(true);
      }
      if (settings.jail === 'on' && kind === 'firecracker') expect(isJailed).toBe(true);
      expect(isJailed).toBe(kind === 'firecracker' && facts.jailer.ok);
      expect(reason).not.toMatch(/undefined|; ;|\.$/);
    }),
  );
});
