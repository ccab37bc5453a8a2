import { expect, test } from '@jest/globals';
import { chooseAcceleration, type KvmFacts, kvmObstacle } from './acceleration.js';

const good: KvmFacts = { hasVirtualisation: true, isPvm: false };

test.each([
  ['no device', { ...good, deviceProblem: '/dev/kvm does not exist' }, '/dev/kvm does not exist'],
  ['no virtualisation', { ...good, hasVirtualisation: false }, 'the processor shows neither vmx nor svm'],
  ['the other KVM', { ...good, isPvm: true }, 'kvm_pvm is loaded, which cannot boot an ordinary guest'],
])('%s rules KVM out, and the reason says so', (_what, facts, problem) => {
  expect(kvmObstacle(facts)).toBe(problem);
  expect(chooseAcceleration('auto', facts)).toMatchObject({ acceleration: 'tcg', reason: `no KVM: ${problem}` });
});

test('KVM that is there is taken once a trial boot has proven it', () => {
  expect(chooseAcceleration('auto', good, {})).toMatchObject({
    acceleration: 'kvm',
    reason: expect.stringMatching(/succeeded/),
  });
  expect(chooseAcceleration('auto', good)).toMatchObject({
    acceleration: 'kvm',
    reason: expect.stringMatching(/first start/),
  });
});

test('KVM that fails the trial is not', () => {
  const chosen = chooseAcceleration('auto', good, { problem: 'it took longer than 5 s' });
  expect(chosen).toMatchObject({ acceleration: 'tcg', reason: 'KVM failed a trial boot: it took longer than 5 s' });
});

test.each(['kvm', 'tcg'] as const)('a configuration that says %s is obeyed', (setting) => {
  expect(chooseAcceleration(setting, { ...good, isPvm: true })).toMatchObject({ acceleration: setting });
});
