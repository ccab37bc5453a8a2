import { expect, test } from '@jest/globals';
import { emptySpec } from '../../../test/fakes/requests.js';
import { admit } from './admission.js';
import { lifecycle, type Rule, type Verb, verbs } from './lifecycle.js';
import { newVm, type Vm, type VmState, vmStates, withStatus } from './vm.js';

function vmIn(state: VmState): Vm {
  return withStatus(newVm({ uid: '0'.repeat(16), name: 'web', spec: emptySpec, start: false, now: 0 }), { state });
}

function inWords(rule: Rule): string {
  if (rule.kind === 'enter') {
    const manner = rule.state === 'STOPPING' ? ` (${rule.manner})` : '';
    const forced = rule.state === 'DELETING' && rule.onlyForced ? ' if forced' : '';
    return `${rule.state}${manner} > ${rule.goal}${forced}`;
  }
  return rule.kind === 'follow' ? `… > ${rule.goal}` : rule.kind;
}

const table = `start CREATING: … > running
start STOPPED: STARTING > running
start STARTING: met
start RUNNING: … > running
start PAUSED: … > running
start STOPPING: … > running
start DELETING: deny
start FAILED: STARTING > running
stop CREATING: … > stopped
stop STOPPED: met
stop STARTING: STOPPING (pull) > stopped
stop RUNNING: STOPPING (ask) > stopped
stop PAUSED: STOPPING (ask) > stopped
stop STOPPING: … > stopped
stop DELETING: deny
stop FAILED: STOPPING (pull) > stopped
kill CREATING: STOPPING (pull) > stopped
kill STOPPED: met
kill STARTING: STOPPING (pull) > stopped
kill RUNNING: STOPPING (pull) > stopped
kill PAUSED: STOPPING (pull) > stopped
kill STOPPING: STOPPING (pull) > stopped
kill DELETING: deny
kill FAILED: STOPPING (pull) > stopped
restart CREATING: … > running
restart STOPPED: STARTING > running
restart STARTING: STOPPING (pull) > running
restart RUNNING: STOPPING (ask) > running
restart PAUSED: STOPPING (ask) > running
restart STOPPING: … > running
restart DELETING: deny
restart FAILED: STOPPING (pull) > running
pause CREATING: deny
pause STOPPED: deny
pause STARTING: deny
pause RUNNING: … > paused
pause PAUSED: … > paused
pause STOPPING: deny
pause DELETING: deny
pause FAILED: deny
resume CREATING: deny
resume STOPPED: deny
resume STARTING: deny
resume RUNNING: … > running
resume PAUSED: … > running
resume STOPPING: deny
resume DELETING: deny
resume FAILED: deny
delete CREATING: DELETING > deleted
delete STOPPED: DELETING > deleted
delete STARTING: DELETING > deleted
delete RUNNING: DELETING > deleted if forced
delete PAUSED: DELETING > deleted if forced
delete STOPPING: DELETING > deleted
delete DELETING: press
delete FAILED: DELETING > deleted
update CREATING: allow
update STOPPED: allow
update STARTING: allow
update RUNNING: allow
update PAUSED: allow
update STOPPING: allow
update DELETING: deny
update FAILED: allow`;

test('the whole table, as text', () => {
  const rows = verbs.flatMap((verb) => vmStates.map((state) => `${verb} ${state}: ${inWords(lifecycle[verb][state])}`));
  expect(rows.join('\n')).toBe(table);
});

const pairs = verbs.flatMap((verb) => vmStates.map((state) => [verb, state] as const));

test.each(pairs)('%s in %s does what its rule says', (verb: Verb, state: VmState) => {
  const rule: Rule = lifecycle[verb][state];
  const before = vmIn(state);
  const admission = admit(before, { verb, now: 5, force: true, graceSeconds: 7 });
  if (rule.kind === 'deny') {
    const reason = state === 'DELETING' ? 'VM_DELETING' : 'VM_WRONG_STATE';
    return expect(admission).toMatchObject({ kind: 'deny', error: { kind: 'wrong-state', reason } });
  }
  if (rule.kind === 'press') {
    const harder = { goal: before.goal, status: { state, removal: { forced: true, purge: false } } };
    return expect(admission).toMatchObject({ kind: 'accept', interrupts: true, vm: harder });
  }
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

test.each(['RUNNING', 'PAUSED'] as const)('a vm that is %s is not deleted by mistake', (state) => {
  const admission = admit(vmIn(state), { verb: 'delete', now: 5 });
  expect(admission).toMatchObject({ kind: 'deny', error: { reason: 'VM_RUNNING', kind: 'wrong-state' } });
});

test('a pause and a resume that are refused say what the vm is and would have to be', () => {
  const message = (verb: Verb, state: VmState) => {
    const admission = admit(vmIn(state), { verb, now: 5 });
    return admission.kind === 'deny' ? admission.error.message : '';
  };
  expect(message('pause', 'STOPPED')).toBe('cannot pause vm web: it is stopped, and it must be running');
  expect(message('resume', 'STARTING')).toBe('cannot resume vm web: it is starting, and it must be paused');
});

test('the goals of a settled vm take each other back, and an older error with them', () => {
  const lastError = { kind: 'internal', reason: 'OLD', message: 'old', time: 1 };
  const running = { ...withStatus(vmIn('RUNNING'), { lastError }), goal: 'running' as const };
  const pausing = admit(running, { verb: 'pause', now: 5 });
  if (pausing.kind !== 'accept') throw new Error('a pause of a running vm is accepted');
  expect(pausing.vm).toMatchObject({ goal: 'paused', status: { state: 'RUNNING', lastError: undefined } });
  for (const verb of ['start', 'resume'] as const) {
    const back = admit(pausing.vm, { verb, now: 6 });
    expect(back).toMatchObject({ kind: 'accept', interrupts: false, vm: { goal: 'running' } });
    expect(admit(running, { verb, now: 6 })).toEqual({ kind: 'already-done' });
  }
  expect(admit(pausing.vm, { verb: 'pause', now: 6 })).toEqual({ kind: 'already-done' });
});

test('a start by a caller forgets what the restart policy has counted', () => {
  const counted = withStatus(vmIn('FAILED'), { restarts: { count: 9, quick: 4, notBefore: 99 } });
  expect(admit(counted, { verb: 'start', now: 5 })).toMatchObject({ vm: { status: { restarts: undefined } } });
});

test('a deletion that is on its way gets harder, never gentler', () => {
  const removalAfter = (vm: Vm, force: boolean, purge: boolean) => {
    const admission = admit(vm, { verb: 'delete', now: 5, force, purge });
    return admission.kind === 'accept' ? admission.vm.status.removal : admission.kind;
  };
  const forced = withStatus(vmIn('DELETING'), { removal: { forced: true, purge: false } });
  expect(removalAfter(vmIn('STOPPED'), false, true)).toEqual({ forced: false, purge: true });
  expect(removalAfter(forced, false, true)).toEqual({ forced: true, purge: true });
  expect(removalAfter(forced, false, false)).toBe('already-done');
  expect(removalAfter(vmIn('DELETING'), false, false)).toBe('already-done');
});
