import { expect, test } from '@jest/globals';
import { differences, mismatches } from './compare.js';

const uid = '00112233445566ff';
const none = { vms: [], running: [], attachments: [], leases: [], openIntents: [] };
const whole = { ...none, vms: [uid], running: [uid], attachments: [uid], leases: [uid] };
const host = ['link bgr10', `folder /vmm/vms/${uid}`, `process firecracker --id ${uid}`, 'route 10.77.0.10 dev bgr10'];

test('what is new and what is gone is told', () => {
  expect(differences(['a', 'b'], ['b', 'c'])).toEqual(['+ c', '- a']);
  expect(differences(['a'], ['a'])).toEqual([]);
});

test('stores and host that agree have nothing to tell', () => {
  expect(mismatches(whole, host)).toEqual([]);
  expect(mismatches(none, [])).toEqual([]);
});

test.each([
  ['a lease of nobody', { ...none, leases: [uid] }, [], [`leases: + ${uid}`]],
  ['a process of nobody', none, [`process firecracker --id ${uid}`], [`processes of running VMs: + ${uid}`]],
  [
    'a running VM without a process',
    whole,
    host.filter((line) => !line.startsWith('process')),
    [`processes of running VMs: - ${uid}`],
  ],
  ['disks of nobody', none, [`folder /vmm/vms/${uid}`], [`disks: + ${uid}`]],
  ['a tap too many', none, ['link bgr10'], ['1 taps for 0 attachments']],
  [
    'an intent that nobody closed',
    { ...none, openIntents: ['create disks.remove'] },
    [],
    ['an open intent: create disks.remove'],
  ],
])('%s is found', (_, stored, there, found) => expect(mismatches(stored, there)).toEqual(found));
