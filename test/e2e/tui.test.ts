import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openTerminal, type Terminal } from './support/tmux.js';
import { bangerProgram, createWorld, type World } from './support/world.js';

/**
 * The screen, with a real daemon and a guest, by keys alone in tmux. One daemon and one guest serve all of it, so that the
 * tests build on each other.
 */

let world: World;
let terminal: Terminal;

beforeAll(async () => {
  world = await createWorld();
  await world.banger('daemon', 'start');
  terminal = await openTerminal(world.env);
});

afterAll(async () => {
  await terminal?.dispose();
  await world?.dispose();
});

interface VmJson {
  status: { state: string; pid: number };
}
const pidOf = async (name: string) => (await world.json<VmJson>('vm', 'show', name)).status.pid;
const { press, until, type } = {
  press: (...keys: string[]) => terminal.press(...keys),
  until: (pattern: RegExp) => terminal.until(pattern),
  type: (text: string) => terminal.type(text),
};
const web = (state: string) => new RegExp(`^. web +${state} `, 'm');

test('without a terminal it says so, with an exit code', async () => {
  const { exitCode, stderr } = await world.attempt('tui');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/cannot show the screen: standard input and output must be a terminal; [^\n]*vm list/);
});

test('it takes a page of its own, and says how to begin', async () => {
  await type(`echo before; '${bangerProgram}' tui; echo "ended with $?"`);
  await press('Enter');
  const shown = await until(/There are no VMs\. Press n to create one\./);
  expect(shown).toMatch(/^ banger +1 VMs 0 .* live$/m);
  expect(shown).not.toContain('before');
});

describe('a VM', () => {
  test('is created in a form, which tells all mistakes at once', async () => {
    await press('n');
    await until(/New VM/);
    await type('Web');
    await press('Tab', 'Tab', 'Tab', 'C-u');
    await type('much');
    await press('Enter');
    const refused = await until(/must be a size/);
    expect(refused).toMatch(/Name: must be a DNS label/);
    await press('C-u');
    await type('web');
    await press('Tab', 'Tab', 'Tab', 'C-u');
    await type('256M');
    await press('Enter');
    await until(web('running'));
  });

  test('is found by a filter, typed in one burst', async () => {
    await type('/nobody');
    await until(/Nothing here has "nobody"/);
    await press('C-u');
    await type('we run');
    await until(/\/we run +1 of 1/);
    await press('Escape');
    await until(/x stop/);
  });

  test('is explained: state, evidence, settings', async () => {
    await press('Enter');
    const shown = await until(/Evidence\n +process +\S/);
    expect(shown).toMatch(/^ web {2}running/m);
    await press('End');
    await until(/Last events/);
    await press('q');
    await until(web('running'));
  });

  test('has a log that is followed', async () => {
    await press('l');
    await until(/console log, as it comes[\s\S]*banger: starting/);
    await press('Escape');
    await until(web('running'));
  });

  test('has a console, which gives the terminal back', async () => {
    await press('c');
    await until(/This is the console of web/);
    await press('Enter');
    await press('C-]');
    await until(web('running'));
  });

  test('has a shell, whose end gives the terminal back, and all keys work then', async () => {
    await press('e');
    await until(/root@web/);
    await type('echo $((6 * 7)) in $(hostname)');
    await press('Enter');
    await until(/^42 in web$/m);
    await press('C-d');
    await until(web('running'));
  });

  test('stands still and goes on', async () => {
    await press('p');
    await until(web('paused'));
    await press('p');
    await until(web('running'));
  });
});

test('it is drawn anew at every size', async () => {
  for (const [columns, rows] of [
    [120, 40],
    [60, 12],
    [80, 24],
  ] as const) {
    await terminal.resize(columns, rows);
    // The state of the connection stands at the right edge, and the keys in the last line.
    const shown = await until(
      new RegExp(`^(?=.{${columns - 1}}\\n) banger .* live\\n(?:.*\\n){${rows - 2}}.*help {2}q quit *$`),
    );
    expect(shown).toMatch(web('running'));
  }
  await terminal.resize(30, 6);
  await until(/too small/);
  await terminal.resize(80, 24);
  await until(web('running'));
});

test('a daemon that is restarted beneath it is waited for; what was seen stays', async () => {
  const pid = await pidOf('web');
  await world.banger('daemon', 'stop');
  await until(/away for \d+s, trying again[\s\S]*^. web +running /m);
  await world.banger('daemon', 'start');
  await until(/ live$[\s\S]*^. web +running /m);
  expect(await pidOf('web')).toBe(pid);
});

test('images: the list, and a build', async () => {
  await press('2');
  await until(/DIGEST[\s\S]*^. debian .* 1 /m);
  await press('b');
  await until(/Build the image debian/);
  await press('Enter');
  // At once when nothing has changed since; else its steps are told, whatever becomes of them here, without a network.
  await until(/image debian is ready|^ debian: \d\/\d /m);
});

test('services: the list, and a restart', async () => {
  await press('Tab');
  const before = /^. vmm +healthy +(\d+)/m.exec(await until(/^. vmm +healthy +\d+/m))?.[1];
  await press('j', 'j');
  await until(/^❯ vmm/m);
  await press('r');
  await until(/vmm is healthy, pid \d+/);
  // The row comes by a stream of its own, a moment after the answer.
  await until(new RegExp(`^. vmm +healthy +(?!${before} )\\d+ `, 'm'));
  await press('1');
  await until(web('running'));
});

test('a VM is restarted, stopped, started and deleted, and the trash is told', async () => {
  const first = await pidOf('web');
  await press('r');
  await until(web('st(opp|art)ing'));
  await until(web('running'));
  expect(await pidOf('web')).not.toBe(first);
  await press('x');
  await until(web('stopped'));
  await press('s');
  await until(web('running'));
  await press('d');
  await until(/Delete web\? It is running, and ends at once\./);
  await press('n', 'd', 'Enter');
  await until(/Delete web\?/);
  await press('y');
  await until(/web is deleted; `banger vm restore web` brings it back, for \d+h/);
  await until(/There are no VMs/);
  expect(await world.json('vm', 'trash')).toMatchObject({ vms: [{ name: 'web' }] });
});

test('q gives the terminal back as it was', async () => {
  await press('q');
  const shown = await until(/ended with 0/);
  expect(shown).toMatch(/before\n/);
  expect(shown).not.toContain('There are no VMs');
});

test('colours are few, and NO_COLOR takes them away', async () => {
  const colour = /\[(?:\d+;)*3[0-7]m/g;
  const colours = async () => (await terminal.lines(true)).join('\n').match(colour)?.length ?? 0;
  await type(`'${bangerProgram}' tui`);
  await press('Enter');
  await until(/There are no VMs/);
  expect(await colours()).toBe(0);
  await press('q');
  await until(/banger' tui\n\$ *$/m);
  await type(`CI=1 NO_COLOR= '${bangerProgram}' tui`);
  await press('Enter');
  await until(/There are no VMs/);
  expect(await colours()).toBeGreaterThan(0);
  await press('C-c');
  await until(/NO_COLOR= .*' tui\n\$ *$/m);
});
