import { expect, test } from '@jest/globals';
import { EventType, Event as WireEvent } from '../../../gen/banger/events/v1/event_service.js';
import { ExplainVmResponse, Verdict } from '../../../gen/banger/vmm/v1/vm_service.js';
import { banger, serveVmm, web } from '../../../test/fakes/command-line.js';
import { styleFor } from '../../render/style.js';
import { explanation } from '../../views/vm-explain.js';

const at = (second: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, second));

const answer = ExplainVmResponse.fromPartial({
  vm: web,
  meaning: 'it runs; not all could be looked at: attachment',
  nextStep: 'look why netd does not answer with `banger service logs netd`',
  evidence: [
    { subject: 'process', verdict: Verdict.OK, detail: 'pid 7 runs' },
    { subject: 'attachment', verdict: Verdict.UNKNOWN, detail: 'netd could not be asked: no answer within 1.5 s' },
    { subject: 'guest', verdict: Verdict.BAD, detail: 'no ssh server answers' },
  ],
  effects: [
    { time: at(1), endTime: at(3), verb: 'boot', step: 'hypervisors.launch', detail: 'with kvm', outcome: 'done' },
    { time: at(4), verb: 'boot', step: 'networks.ensure', outcome: '' },
    { time: at(5), endTime: at(5), verb: 'boot', step: 'disks.remove', outcome: 'failed', reason: 'EPERM' },
  ],
  events: [
    WireEvent.fromPartial({ time: at(6), type: EventType.VM, action: 'running', message: 'STARTING → RUNNING' }),
  ],
  console: ['login:\u001b[2J'],
});

test('the state in words, the evidence, the past, the console, and at the end what to do', async () => {
  await serveVmm({ explainVm: () => answer });
  const { code, stdout } = await banger('vm explain web');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'web: running',
    '  It runs; not all could be looked at: attachment.',
    '',
    'Evidence',
    '  ✓ process     pid 7 runs',
    '  ! attachment  unknown: netd could not be asked: no answer within 1.5 s',
    '  ✗ guest       no ssh server answers',
    '',
    'Last effects on the host',
    '  2026-01-02 03:04:01  boot  hypervisors.launch  done after 2.0s  with kvm',
    '  2026-01-02 03:04:04  boot  networks.ensure  not ended',
    '  2026-01-02 03:04:05  boot  disks.remove  failed after 0.0s [EPERM]',
    '',
    'Last events',
    '  2026-01-02 03:04:06  running  STARTING → RUNNING',
    '',
    'Console',
    '  login:\\x1b[2J',
    '',
    'Next step',
    '  Look why netd does not answer with `banger service logs netd`.',
    '',
  ]);
});

test('for programs, the whole answer', async () => {
  await serveVmm({ explainVm: () => answer });
  const { stdout } = await banger('vm explain web --json');
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(ExplainVmResponse.toJSON(answer))));
});

test('no line is longer than the terminal is wide', () => {
  const style = { ...styleFor({ write: () => true, isTTY: true, columns: 80 }, { NO_COLOR: '1' }), width: 80 };
  const long = 'many words '.repeat(40).trim();
  const evidence = answer.evidence.map((each) => ({ ...each, detail: long }));
  const [effect, event] = [answer.effects[0], answer.events[0]];
  const text = explanation(
    {
      ...answer,
      meaning: long,
      nextStep: `${long} \`banger vm logs web --follow\``,
      evidence,
      effects: effect ? [{ ...effect, detail: long }] : [],
      events: event ? [{ ...event, message: long }] : [],
      console: [long],
    },
    style,
  );
  expect(text).toContain('`banger vm logs web --follow`');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
