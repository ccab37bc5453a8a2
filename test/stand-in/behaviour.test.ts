import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { mkdir, open, pathExists, readFile, writeFile } from '../../lib/host/files.js';
import { Connection, requestText } from './connection.js';
import { Lab, type Run } from './lab.js';
import type { Fault, StandInSettings } from './settings.js';

/** What the recordings do not show: the guest, the outputs, the versions, and the troubles on demand. */

const labs: Lab[] = [];

async function openLab(settings: Partial<StandInSettings> = {}): Promise<Lab> {
  const lab = await Lab.open({ taps: 'pretended', ...settings });
  labs.push(lab);
  return lab;
}

afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.dispose();
});

describe('the guest', () => {
  /** A machine whose console can be typed at: its standard input is a FIFO. */
  async function atConsole(bootArgs?: string): Promise<{ lab: Lab; run: Run; type(word: string): Promise<void> }> {
    const lab = await openLab();
    await runCommand(['mkfifo', lab.at('stdin')]);
    // For reading and writing, so that neither end waits for the other.
    const fifo = await open(lab.at('stdin'), 'r+');
    const run = await lab.start(fifo.fd);
    await lab.boot(bootArgs);
    await lab.said(run, 'Run /init as init process');
    const type = async (word: string) => {
      await fifo.write(`${word}\n`);
      await fifo.close();
    };
    return { lab, run, type };
  }

  test.each([
    ['reboot', 'reboot: Restarting system', undefined, 0],
    ['panic', 'Rebooting in 1 seconds..', undefined, 0],
    ['fault', 'fault', undefined, 1],
    ['reboot', 'reboot: Restarting system', 'console=ttyS0 reboot=t', 1],
  ])('ends on %s', async (word, text, bootArgs, code) => {
    const { run, type } = await atConsole(bootArgs);
    await type(word);
    expect(await run.ended).toEqual({ code, signal: null });
    expect(run.output()).toContain(text);
    expect(run.output()).toContain(`exit_code=${code}`);
  });

  test.each([
    ['poweroff', 'reboot: Power down'],
    ['halt', 'reboot: System halted'],
  ])('leaves the process alive on %s', async (word, text) => {
    const { lab, run, type } = await atConsole();
    await type(word);
    await lab.said(run, text);
    expect((await lab.request('GET', '/')).body).toMatchObject({ state: 'Running' });
  });

  test('says its marker and powers off when it is only a probe', async () => {
    const lab = await openLab();
    const run = await lab.start();
    await lab.boot('console=ttyS0 reboot=k banger.probe=1');
    await lab.said(run, 'banger-probe-ok\r\n[    9.000000] reboot: Power down\r\n');
  });

  test('says nothing without a console', async () => {
    const lab = await openLab();
    const run = await lab.start();
    await lab.boot('reboot=k');
    await lab.put('/actions', { action_type: 'SendCtrlAltDel' });
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.output()).not.toContain('Linux version');
  });

  test('hears no keys when it is deaf', async () => {
    const lab = await openLab({ guest: { ctrlAltDel: 'never', vsockPorts: [], hasBalloonDriver: true } });
    await lab.start();
    await lab.boot();
    await lab.put('/actions', { action_type: 'SendCtrlAltDel' });
    expect((await lab.request('GET', '/')).body).toMatchObject({ state: 'Running' });
  });

  test('answers at the ports of the vsock where something listens', async () => {
    const lab = await openLab({ guest: { ctrlAltDel: 0, vsockPorts: [52], hasBalloonDriver: true } });
    await lab.start();
    await lab.put('/vsock', { guest_cid: 3, uds_path: lab.at('v.sock') });
    await lab.boot();
    expect(await firstWord(lab.at('v.sock'), 'CONNECT 52\n')).toBe('OK 1073741824\n');
    expect(await firstWord(lab.at('v.sock'), 'CONNECT 53\n')).toBe('');
  });
});

async function firstWord(path: string, word: string): Promise<string> {
  const connection = await Connection.open(path);
  connection.send(word);
  const text = await connection.heard();
  await connection.close();
  return text;
}

describe('the API', () => {
  test('takes a body that waits for a word', async () => {
    const lab = await openLab();
    await lab.start();
    const connection = await Connection.open(lab.at('api.sock'));
    const [head = '', body = ''] = requestText('PUT', '/entropy', {}, ['Expect: 100-continue']).split('\r\n\r\n');
    connection.send(`${head}\r\n\r\n`);
    expect(await connection.read()).toMatchObject({ status: 100 });
    connection.send(body);
    expect(await connection.read()).toMatchObject({ status: 204, body: null });
    await connection.close();
  });

  test('takes requests from one connection as they come, in parts or together', async () => {
    const lab = await openLab();
    await lab.start();
    const connection = await Connection.open(lab.at('api.sock'));
    connection.send('GET /version HT');
    connection.send(`TP/1.1\r\n\r\n${requestText('PUT', '/entropy', {})}${requestText('GET', '/mmds')}`);
    const statuses = [await connection.read(), await connection.read(), await connection.read()];
    expect(statuses.map((reply) => reply?.status)).toEqual([200, 204, 200]);
    await connection.close();
  });

  test('says 413 when the store of data outgrows its limit', async () => {
    const lab = await openLab();
    await lab.start();
    const text = 'x'.repeat(30_000);
    await lab.put('/mmds', { one: text });
    expect(await lab.request('PATCH', '/mmds', { two: text })).toMatchObject({ status: 413 });
  });
});

describe('the outputs', () => {
  test('metrics are lines of what was counted since the line before', async () => {
    const lab = await openLab();
    const run = await lab.start();
    await lab.put('/metrics', { metrics_path: lab.at('metrics') });
    await lab.put('/drives/work', { drive_id: 'work', is_root_device: false, path_on_host: lab.at('work.ext4') });
    await lab.boot();
    await lab.put('/actions', { action_type: 'FlushMetrics' });
    await lab.put('/actions', { action_type: 'SendCtrlAltDel' });
    await run.ended;
    const lines = (await readFile(lab.at('metrics'), 'utf8')).trim().split('\n');
    const read = lines.map(
      (line) => (JSON.parse(line) as { block_work: { read_bytes: number } }).block_work.read_bytes,
    );
    expect(read).toEqual([4096, 4096]);
  });

  test('a log is overwritten from its start, and neither cut nor appended to', async () => {
    const lab = await openLab();
    await lab.start();
    await writeFile(lab.at('log'), 'x'.repeat(5000));
    await lab.put('/logger', { log_path: lab.at('log'), show_level: true });
    await lab.request('GET', '/');
    const log = await readFile(lab.at('log'), 'utf8');
    expect(log).toHaveLength(5000);
    expect(log).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9} \[vm-a:fc_api:INFO\] The request was executed/);
  });

  test('the console goes to a file that is named', async () => {
    const lab = await openLab();
    const run = await lab.start();
    await lab.put('/serial', { serial_out_path: lab.at('console') });
    await lab.boot();
    expect(await readFile(lab.at('console'), 'utf8')).toContain('Run /init');
    expect(run.output()).not.toContain('Run /init');
  });
});

describe('a version', () => {
  const net = { iface_id: 'eth0', host_dev_name: 'tap0', mtu: 1500 };
  const limited = { rate_limiter: { size: 1, refill_time: 1 } };

  test.each([
    ['1.14.0', 'PUT', '/network-interfaces/eth0', net, /unknown field `mtu`/],
    ['1.15.0', 'PUT', '/serial', limited, /unknown field `rate_limiter`/],
    ['1.15.0', 'DELETE', '/drives/work', undefined, /Invalid request method/],
    [
      '1.16.1',
      'PUT',
      '/machine-config',
      { vcpu_count: 1, mem_size_mib: 2, huge_pages: 'Transparent' },
      /unknown variant/,
    ],
  ])('%s refuses %s %s that came later', async (version, method, path, body, fault) => {
    const lab = await openLab({ version });
    await lab.start();
    const reply = await lab.request(method, path, body);
    expect(reply).toMatchObject({ status: 400, body: { fault_message: expect.stringMatching(fault) } });
  });

  test('1.16.1 takes what came with it, and says its name', async () => {
    const lab = await openLab();
    await lab.start();
    await lab.put('/network-interfaces/eth0', net);
    await lab.put('/serial', limited);
    expect((await lab.request('GET', '/version')).body).toEqual({ firecracker_version: '1.16.1' });
    const { stdout } = await runCommand([lab.programs.firecracker, '--version']);
    expect(stdout).toMatch(/^Firecracker v1\.16\.1\n/);
  });
});

describe('the boot of the transcript', () => {
  const steps = JSON.parse(readFileSync('test/stand-in/firecracker-transcript.json', 'utf8')) as readonly {
    readonly vm: string;
    readonly m: string;
    readonly p: string;
    readonly b?: unknown;
  }[];

  test('is taken as a whole, by both processes', async () => {
    const lab = await openLab();
    const files = ['kernels/k1/vmlinux', 'kernels/k1/initrd.img', 'images/i1/base.erofs', 'vms/a/overlay.ext4'];
    for (const folder of ['kernels/k1', 'images/i1', 'vms/a', 'snaps/s1', 'vm-a', 'vm-b']) {
      await mkdir(lab.at(folder), { recursive: true });
    }
    for (const file of [...files, 'vms/a/work.ext4']) await writeFile(lab.at(file), '\x7fELF');
    for (const vm of ['A', 'B']) {
      const run = await lab.start();
      for (const { m, p, b } of steps.filter((step) => step.vm === vm)) {
        const body = JSON.parse(JSON.stringify(b ?? null).replaceAll(/\/var\/lib\/banger|\/run\/banger/g, lab.folder));
        const { status, body: answer } = await lab.request(m, p, body);
        expect([m, p, status, status >= 400 ? answer : null]).toEqual([m, p, m === 'GET' ? 200 : 204, null]);
      }
      if (vm === 'A') expect(await run.ended).toEqual({ code: 0, signal: null });
    }
  });
});

test('a file configures a machine, and a bad one ends the process', async () => {
  const lab = await openLab();
  const config = { drives: [], 'boot-source': { kernel_image_path: lab.at('vmlinux'), boot_args: 'console=ttyS0' } };
  await writeFile(lab.at('good.json'), JSON.stringify(config));
  await writeFile(lab.at('bad.json'), JSON.stringify({ ...config, balloon: {} }));
  const argv = (name: string) => [lab.programs.firecracker, '--no-api', '--config-file', lab.at(name)];
  const good = lab.run(argv('good.json'));
  await lab.said(good, 'Run /init');
  const bad = lab.run(argv('bad.json'));
  expect(await bad.ended).toEqual({ code: 1, signal: null });
  expect(bad.output()).toContain('missing field `amount_mib`');
});

describe('a trouble on demand', () => {
  async function troubled(...faults: Fault[]): Promise<{ lab: Lab; steps(): Promise<unknown[]> }> {
    const lab: Lab = await openLab();
    const trace = lab.at('trace');
    await lab.reinstall({ taps: 'pretended', trace, faults });
    const steps = async () => {
      const lines = (await readFile(trace, 'utf8')).trim().split('\n');
      return lines.map((line) => (JSON.parse(line) as { step: unknown }).step);
    };
    return { lab, steps };
  }

  test('kills at the start, before there is a socket', async () => {
    const { lab, steps } = await troubled({ at: 'start', do: 'die', by: 'SIGKILL' });
    const run = lab.run([lab.programs.firecracker, '--api-sock', lab.at('api.sock')]);
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await pathExists(lab.at('api.sock'))).toBe(false);
    expect(await steps()).toEqual(['start']);
  });

  test('ends with a code at a request', async () => {
    const { lab } = await troubled({ at: 'PUT /entropy', do: 'die', by: 148 });
    const run = await lab.start();
    await expect(lab.request('PUT', '/entropy', {})).rejects.toThrow('not answered');
    expect(await run.ended).toEqual({ code: 148, signal: null });
  });

  test('answers a fault', async () => {
    const { lab } = await troubled({ at: 'PUT /entropy', do: 'fault', text: 'no luck' });
    await lab.start();
    expect(await lab.request('PUT', '/entropy', {})).toMatchObject({ status: 400, body: { fault_message: 'no luck' } });
  });

  test('leaves a request unanswered, and every other with it', async () => {
    const { lab, steps } = await troubled({ at: 'PUT /entropy', do: 'hang' });
    const run = await lab.start();
    const waiting = await Connection.open(lab.at('api.sock'));
    waiting.send(requestText('PUT', '/entropy', {}));
    const other = await Connection.open(lab.at('api.sock'));
    const answered = other.read();
    await lab.until(async () => (await steps()).length === 3, 'the request is traced');
    other.send(requestText('GET', '/'));
    run.child.kill('SIGKILL');
    expect(await answered).toBeUndefined();
  });

  test('only takes its time', async () => {
    const { lab } = await troubled({ at: 2, do: 'slow', ms: 20 });
    await lab.start();
    const began = performance.now();
    await lab.put('/entropy', {});
    expect(performance.now() - began).toBeGreaterThanOrEqual(20);
  });
});
