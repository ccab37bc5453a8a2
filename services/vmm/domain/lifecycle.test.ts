import { expect, test } from '@jest/globals';
import { admit } from './admission.js';
import { lifecycle, type Rule, type Verb, verbs } from './lifecycle.js';
import { newVm, type Vm, type VmState, vmStates, withStatus } from './vm.js';

const spec = {
  cpuCount: 1,
  memoryMib: 512,
  image: 'debian',
  kernel: '',
  diskMib: 8192,
  workDiskMib: 0,
  init: 'image',
  nat: false,
  hypervisor: 'any',
} as const;

function vmIn(state: VmState): Vm {
  return withStatus(newVm({ uid: '0'.repeat(16), name: 'web', spec, start: false, now: 0 }), { state });
}

function inWords(rule: Rule): string {
  if (rule.kind === 'enter') {
    const manner = rule.state === 'STOPPING' ? ` (${rule.manner})` : '';
    const forced = rule.state === 'DELETING' && rule.onlyForced ? ' if forced' : '';
    return `${rule.state}${manner} > ${rule.goal}${forced}`;
  }
  return rule.kind === 'follow' ? `… > ${rule.goal}` : rule.kind;
}

test('the whole table, as text', () => {
  const rows = verbs.flatMap((verb) => vmStates.map((state) => `${verb} ${state}: ${inWords(lifecycle[verb][state])}`));
  expect(rows.join('\n')).toBe(`start CREATING: … > running
start STOPPED: STARTING > running
start STARTING: met
start RUNNING: met
start STOPPING: … > running
start DELETING: deny
start FAILED: STARTING > running
stop CREATING: … > stopped
stop STOPPED: met
stop STARTING: STOPPING (pull) > stopped
stop RUNNING: STOPPING (ask) > stopped
stop STOPPING: … > stopped
stop DELETING: deny
stop FAILED: STOPPING (pull) > stopped
kill CREATING: STOPPING (pull) > stopped
kill STOPPED: met
kill STARTING: STOPPING (pull) > stopped
kill RUNNING: STOPPING (pull) > stopped
kill STOPPING: STOPPING (pull) > stopped
kill DELETING: deny
kill FAILED: STOPPING (pull) > stopped
restart CREATING: … > running
restart STOPPED: STARTING > running
restart STARTING: STOPPING (pull) > running
restart RUNNING: STOPPING (ask) > running
restart STOPPING: … > running
restart DELETING: deny
restart FAILED: STOPPING (pull) > running
delete CREATING: DELETING > deleted
delete STOPPED: DELETING > deleted
delete STARTING: DELETING > deleted
delete RUNNING: DELETING > deleted if forced
delete STOPPING: DELETING > deleted
delete DELETING: met
delete FAILED: DELETING > deleted
update CREATING: allow
update STOPPED: allow
update STARTING: allow
update RUNNING: allow
update STOPPING: allow
update DELETING: deny
update FAILED: allow`);
});

const pairs = verbs.flatMap((verb) => vmStates.map((state) => [verb, state] as const));

test.each(pairs)('%s in %s does what its rule says', (verb: Verb, state: VmState) => {
  const rule: Rule = lifecycle[verb][state];
  const before = vmIn(state);
  const admission = admit(before, { verb, now: 5, force: true, graceSeconds: 7 });
  if (rule.kind === 'deny') return expect(admission).toMatchObject({ kind: 'deny', error: { reason: 'VM_DELETING' } });
  if (rule.kind === 'met') return expect(admission).toEqual({ kind: 'already-done' });
  if (rule.kind === 'allow') return expect(admission).toEqual({ kind: 'accept', vm: before, interrupts: false });
  if (rule.kind === 'follow' && rule.goal === before.goal) return expect(admission).toEqual({ kind: 'already-done' });
  const after = rule.kind === 'enter' ? rule.state : state;
  return expect(admission).toMatchObject({
    kind: 'accept',
    interrupts: rule.kind === 'enter',
    vm: { goal: rule.goal, status: { state: after } },
  });
});

test('only a stop that asks the guest gives it the grace of the request', () => {
  const asked = admit(vmIn('RUNNING'), { verb: 'stop', now: 5, graceSeconds: 7 });
  expect(asked).toMatchObject({ vm: { status: { stopOrder: { graceSeconds: 7, since: 5 } } } });
  const byDefault = admit(vmIn('RUNNING'), { verb: 'restart', now: 5 });
  expect(byDefault).toMatchObject({ vm: { status: { stopOrder: { graceSeconds: 30, since: 5 } } } });
  const pulled = admit(vmIn('RUNNING'), { verb: 'kill', now: 5, graceSeconds: 7 });
  expect(pulled).toMatchObject({ vm: { status: { stopOrder: { graceSeconds: 0, since: 5 } } } });
});

test('a running vm is not deleted by mistake', () => {
  const admission = admit(vmIn('RUNNING'), { verb: 'delete', now: 5 });
  expect(admission).toMatchObject({ kind: 'deny', error: { reason: 'VM_RUNNING', kind: 'wrong-state' } });
});
