import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { readFile, removePath, stat, writeFile } from '../../lib/host/files.js';
import { signalProcess, waitGone } from '../../lib/host/process.js';
import { silentLog } from '../../lib/log.js';
import type { LaunchPlan } from '../../services/vmm/app/ports.js';
import { adoptedBy, findOne, nothingIsLeft, uidsOf } from '../contracts/hypervisor-under-test.js';
import { jailerSteps, launchSteps } from '../stand-in/launch-steps.js';
import type { Trouble } from '../stand-in/settings.js';
import { type FirecrackerLab, firecrackerLab, typeLine } from './firecracker-lab.js';

/** What goes wrong around a launch, at each of its steps: the user is told, and nothing is left. */

const generousMs = 60_000;

let lab: FirecrackerLab;
afterEach(() => lab.remove());

describe.each([
  ['plain', false, launchSteps()],
  ['in a jail', true, [...jailerSteps, ...launchSteps()]],
] as const)('%s', (_mode, jailed, steps) => {
  beforeEach(async () => {
    lab = await firecrackerLab({ jailed });
  });

  async function installed(at: string, trouble: Trouble): Promise<LaunchPlan> {
    await lab.install({ faults: [{ at, ...trouble }] });
    return lab.plan(1);
  }

  test.each(steps)('a process that dies at %s', async (step) => {
    const plan = await installed(step, { do: 'die', by: 148 });
    await expect(lab.adapter().launch(plan)).rejects.toMatchObject({
      reason: 'HYPERVISOR_FAILED',
      message: expect.stringMatching(/^cannot start vm guest1: the hypervisor ended: .*\(exit code 148\)/),
    });
    await nothingIsLeft(lab, plan.uid);
    await lab.install();
    await (await lab.adapter().launch(plan)).end();
    await nothingIsLeft(lab, plan.uid);
  });

  test.each(steps)('a launch that is given up while it hangs at %s', async (step) => {
    const plan = await installed(step, { do: 'hang' });
    const giveUp = new AbortController();
    const reason = new Error('changed my mind');
    const outcome = lab
      .adapter()
      .launch(plan, giveUp.signal)
      .catch((error: unknown) => error);
    await pollUntil(() => lab.reached(plan.uid, step), {
      what: `${step} is reached`,
      timeoutMs: generousMs,
      everyMs: 5,
    });
    giveUp.abort(reason);
    expect(await outcome).toBe(reason);
    await nothingIsLeft(lab, plan.uid);
  });

  test('a launch that its service never ended is ended by the next one', async () => {
    const plan = await installed('PUT /vsock', { do: 'hang' });
    const outcome = lab
      .adapter()
      .launch(plan)
      .catch((error: unknown) => error);
    const reached = () => lab.reached(plan.uid, 'PUT /vsock');
    await pollUntil(reached, { what: 'the launch hangs', timeoutMs: generousMs, everyMs: 5 });
    const next = lab.adapter();
    const machine = await next.adopt(await findOne(next, plan.uid), plan.name);
    await machine?.end();
    await outcome;
    await nothingIsLeft(lab, plan.uid);
  });

  test('a process whose guest was never started is of no use to the next service', async () => {
    const plan = await lab.plan(1);
    await lab.startOnly(plan);
    const next = lab.adapter();
    expect(await next.adopt(await findOne(next, plan.uid), plan.name)).toBeUndefined();
    await nothingIsLeft(lab, plan.uid);
  });

  test('one that did not answer when it was adopted is given up when it does', async () => {
    await lab.install({ faults: [{ at: 1, do: 'hang' }] });
    const plan = await lab.plan(1);
    const identity = await lab.startOnly(plan, { answers: false });
    const next = lab.adapter();
    const machine = await adoptedBy(next, plan.uid);
    const hangs = () => lab.reached(plan.uid, 'GET /');
    await pollUntil(hangs, { what: 'its first request hangs', timeoutMs: generousMs });
    signalProcess(identity, 'SIGUSR2');
    expect(await machine.ended).toEqual({ cause: 'rebooted' });
    await nothingIsLeft(lab, plan.uid);
  });

  test('what a hypervisor did not hear in time, it is told again when it answers', async () => {
    await lab.install({ faults: [{ at: 'PATCH /vm', do: 'hang' }] });
    const plan = await lab.plan(1);
    const launched = await lab.adapter().launch(plan);
    const pausing = launched.pause().catch((error: unknown) => error);
    const hangs = () => lab.reached(plan.uid, 'PATCH /vm');
    await pollUntil(hangs, { what: 'the pause hangs', timeoutMs: generousMs });
    launched.letGo();
    expect(await pausing).toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
    const machine = await adoptedBy(lab.adapter(), plan.uid);
    await expect(machine.resume()).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
    signalProcess(launched.process, 'SIGUSR2');
    const told = async () => (await lab.traced(plan.uid)).filter(({ path }) => path === '/vm').map(({ body }) => body);
    const again = async () => (await told()).length > 1;
    await pollUntil(again, { what: 'it is told again', timeoutMs: generousMs });
    expect(await told()).toEqual(['Paused', 'Resumed'].map((state) => JSON.stringify({ state })));
    await typeLine(machine, 'reboot');
    expect(await machine.ended).toEqual({ cause: 'rebooted' });
  });

  test('an end that nobody saw is told by the log', async () => {
    const plan = await lab.plan(1);
    const machine = await lab.adapter().launch(plan);
    expect(await lab.adapter().lastEnd(plan.uid)).toBeUndefined();
    machine.letGo();
    await typeLine(machine, 'fault');
    await waitGone(machine.process, generousMs);
    const detail = expect.stringContaining('(exit code 1)');
    expect(await lab.adapter().lastEnd(plan.uid)).toEqual({ cause: 'crashed', detail });
  });

  test('a tap that another process holds', async () => {
    const plan = await lab.plan(1);
    const other = await lab.adapter().launch(plan);
    const second = { ...(await lab.plan(2)), network: plan.network };
    await expect(lab.adapter().launch(second)).rejects.toMatchObject({
      reason: 'TAP_BUSY',
      message: expect.stringContaining(plan.network.tap),
    });
    expect(await lab.leftovers(second.uid)).toEqual([]);
    expect(await uidsOf(lab.adapter())).toEqual([plan.uid]);
    await other.end();
  });

  test('a tap that another process is about to give up is waited for', async () => {
    const plan = await lab.plan(1);
    const other = await lab.adapter().launch(plan);
    const second = { ...(await lab.plan(2)), network: plan.network };
    const path = '/network-interfaces/eth0';
    const asked = async () => (await lab.traced(second.uid)).filter((line) => line.path === path).length;
    const before = await asked();
    const launched = lab.adapter().launch(second);
    const asksAgain = async () => (await asked()) > before + 1;
    const refused = pollUntil(asksAgain, { what: 'it was refused the tap', timeoutMs: generousMs, everyMs: 5 });
    await Promise.race([launched, refused]);
    await other.end();
    await (await launched).end();
    await nothingIsLeft(lab, second.uid);
  });

  test.each(['vmlinuxPath', 'initrdPath'] as const)('a %s that was pruned', async (field) => {
    const plan = { ...(await lab.plan(1)), [field]: '/nowhere/file' };
    const missing = { reason: 'BOOT_FILE_MISSING', message: expect.stringMatching(/nowhere.*banger kernel build/) };
    await expect(lab.adapter().launch(plan)).rejects.toMatchObject(missing);
    await nothingIsLeft(lab, plan.uid);
  });

  test('a disk that is gone', async () => {
    const plan = await lab.plan(1);
    await removePath(plan.disks.overlay);
    await expect(lab.adapter().launch(plan)).rejects.toMatchObject({ reason: 'BOOT_FILE_MISSING' });
    await nothingIsLeft(lab, plan.uid);
  });

  test('a Firecracker that is too old, and one that is newer than known', async () => {
    await lab.install({ version: '1.13.1' });
    const plan = await lab.plan(1);
    await expect(lab.adapter().launch(plan)).rejects.toMatchObject({
      reason: 'HYPERVISOR_TOO_OLD',
      message: expect.stringMatching(/1\.13\.1.*1\.14.*--hypervisor qemu/),
    });
    await nothingIsLeft(lab, plan.uid);
    await lab.install({ version: '1.18.0' });
    const warnings: unknown[] = [];
    const warn = (...said: unknown[]) => void warnings.push(said);
    await (await lab.adapter({ ...silentLog, child: () => silentLog, warn }).launch(plan)).end();
    const [version, message] = [expect.objectContaining({ version: '1.18.0' }), expect.stringContaining('newer')];
    expect(warnings).toEqual([[version, message]]);
  });

  test('the sockets and files of a run before are in nobody’s way', async () => {
    const plan = await lab.plan(1);
    const first = await lab.adapter().launch(plan);
    first.letGo();
    signalProcess(first.process, 'SIGKILL');
    await waitGone(first.process, generousMs);
    expect(await lab.leftovers(plan.uid)).not.toEqual([]);
    await writeFile(lab.paths.firecrackerLog(plan.uid), 'what the run before said');
    const second = await lab.adapter().launch(plan);
    expect(await readFile(lab.paths.firecrackerLog(plan.uid), 'utf8')).not.toContain('the run before');
    await second.end();
  });

  test('what is asked until the guest runs, in this order, is refused nowhere', async () => {
    const plan = await lab.plan(1);
    const machine = await lab.adapter().launch(plan);
    const asked = (await lab.traced(plan.uid)).filter(({ method }) => method !== undefined);
    const calls = asked.map(({ method, path }) => `${method} ${path}`);
    // On a slow host it is asked more than once whether it is there.
    const once = calls.filter((call, at) => call !== 'GET /' || calls[at - 1] !== call);
    expect(['start', ...once]).toEqual(launchSteps());
    await machine.end();
  });

  test('the process: a session of its own, its user, its files, a socket that is ours alone', async () => {
    const plan = await lab.plan(1);
    const machine = await lab.adapter().launch(plan);
    const { pid } = machine.process;
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const user = plan.jailUid ?? 0;
    expect(status).toMatch(new RegExp(`^Uid:\\s+${user}\\s+${user}\\s`, 'm'));
    expect(await readFile(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max open files\s+4096\s/m);
    const session = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[3];
    expect(session).toBe(`${pid}`);
    const { uid, mode } = await stat(await lab.apiSocket(plan.uid));
    expect({ uid, mode: mode & 0o777 }).toEqual({ uid: 0, mode: 0o600 });
    await machine.end();
  });

  test.each([
    ['a triple fault', 'fault', /exit code 1/],
    ['a panic', 'panic', /^Kernel panic - not syncing/],
  ])('%s of the guest is explained', async (_what, word, detail) => {
    const machine = await lab.adapter().launch(await lab.plan(1));
    await typeLine(machine, word);
    expect(await machine.ended).toMatchObject({ detail: expect.stringMatching(detail) });
  });

  test('a process that hangs is adopted, and can be ended', async () => {
    await lab.install({ faults: [{ at: 'PATCH /vm', do: 'hang' }] });
    const plan = await lab.plan(1);
    const machine = await lab.adapter().launch(plan);
    const giveUp = machine.pause().catch((error: unknown) => error);
    machine.letGo();
    const adopted = await adoptedBy(lab.adapter(), plan.uid);
    await adopted.end();
    expect(await giveUp).toBeInstanceOf(Error);
    await nothingIsLeft(lab, plan.uid);
  });
});
