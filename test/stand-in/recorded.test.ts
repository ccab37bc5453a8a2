import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pathExists, removePath, writeFile } from '../../lib/host/files.js';
import { Connection, type Reply, requestText, spaced } from './connection.js';
import { type Deviation, deviations } from './deviations.js';
import { Lab, type Run } from './lab.js';
import { type Case, cases, recordedFolder, recordedFolderLength } from './recorded.js';

/** Every recorded answer of the real one, asked of the stand-in in the order of the recording. */

let lab: Lab;
let run: Run | undefined;

beforeAll(async () => {
  const guest = { ctrlAltDel: 'never', vsockPorts: [], hasBalloonDriver: false } as const;
  lab = await Lab.open({ version: '1.17.0-dev', taps: 'pretended', guest });
  await writeFile(lab.at('inway.sock'), '');
  await writeFile(lab.at('api.sock.x'), '');
});

afterAll(() => lab.dispose());

/** What the recordings call by its place on the recording machine is in the lab. */
function here<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(recordedFolder, lab.folder)) as T;
}

/** The end of the process before this case is reached, as the recording had it. */
const fresh = ['preboot accepted', 'start without a kernel', 'kernel is not an ELF', 'boot, then post-boot'];

async function prepare({ scenario }: Case, isFirst: boolean): Promise<void> {
  const isLoad = scenario.startsWith('load');
  if (isFirst && (fresh.includes(scenario) || isLoad)) await stop();
  if (run) return;
  // The load meets the vsock of the machine before it; every other beginning is clean.
  if (!isLoad) await removePath(lab.at('v.sock'));
  run = await lab.start();
}

async function stop(): Promise<void> {
  run?.child.kill('SIGKILL');
  await run?.ended;
  run = undefined;
}

async function ask(one: Case): Promise<Reply | undefined> {
  const { method = '', path = '', body } = here(one);
  if (one.note === 'with ten idle connections open') return eleventh();
  const special: Record<string, string> = {
    chunked: `${requestText(method, path, undefined, ['Transfer-Encoding: chunked'])}1\r\n{\r\n0\r\n\r\n`,
    'over the body limit': requestText(method, path, 'x'.repeat(60_000)),
    'long header': requestText(method, path, undefined, [`X: ${'y'.repeat(1997)}`]),
  };
  const text = typeof body === 'string' ? special[body] : undefined;
  const connection = await Connection.open(lab.at('api.sock'));
  connection.send(text ?? requestText(method, path, body));
  const reply = await connection.read();
  await connection.close();
  return reply;
}

async function eleventh(): Promise<Reply | undefined> {
  const idle: Connection[] = [];
  for (let count = 0; count < 10; count += 1) idle.push(await Connection.open(lab.at('api.sock')));
  const connection = await Connection.open(lab.at('api.sock'));
  const reply = await connection.read();
  for (const one of [connection, ...idle]) await one.close();
  return reply;
}

function expected(one: Case): object {
  const { status, response, deprecation = false } = here(one);
  return { status, response: withColumns(one, firstOf(response)), deprecation };
}

/** Of several answers in a row, the first: what follows it is answers to what it made of the body. */
function firstOf(response: unknown): unknown {
  return typeof response === 'string' ? response.split('HTTP/1.1 ')[0] : response;
}

/** Paths are of another length here, and so the columns after them are others. */
function withColumns(one: Case, response: unknown): unknown {
  const stand = '*'.repeat(recordedFolderLength);
  const sent = spaced(one.body).replaceAll(recordedFolder, stand);
  const moved = (_: string, column: string) => {
    const paths = sent.slice(0, Number(column)).split(stand).length - 1;
    return `column ${Number(column) + paths * (lab.folder.length - stand.length)}`;
  };
  return JSON.parse(JSON.stringify(response).replace(/column (\d+)/g, moved));
}

/** The case as it is answered here, and as a deviation lets it pass. */
function compare(answer: object, wanted: object, deviation: Deviation | undefined): void {
  const without = deviation?.without ?? ((same: object) => same);
  if (deviation) expect(answer).not.toEqual(wanted);
  expect(without(answer)).toEqual(without(wanted));
}

async function checkAnswer(one: Case, at: number): Promise<void> {
  await prepare(one, one.scenario !== cases[at - 1]?.scenario);
  const reply = await ask(one);
  const answer = { status: reply?.status, response: reply?.body, deprecation: reply?.headers.deprecation === 'true' };
  compare(answer, expected(one), deviations.get(at));
  if (one.process_exit === undefined || one.process_exit === null) return;
  expect(await run?.ended).toEqual({ code: one.process_exit, signal: null });
  run = undefined;
}

/** A recorded output is the end of what was said, perhaps from the middle of a time on. */
function withoutTimes(output: string): string {
  return output.replace(/^[\d:T.-]* ?(?=\[)/gm, '');
}

const signals: Readonly<Record<number, string>> = { 6: 'SIGABRT', 15: 'SIGTERM' };

async function checkExit(one: Case): Promise<void> {
  const { exit = 0, output, stderr } = here(one);
  const known: Record<string, string> = { 'a path that exists': lab.at('api.sock.x') };
  const argv = (here(one.argv) as string[]).map((word) => known[word] ?? word);
  const ran = lab.run([lab.programs.firecracker, ...argv]);
  expect(await ran.ended).toEqual(exit < 0 ? { code: null, signal: signals[-exit] } : { code: exit, signal: null });
  expect(withoutTimes(ran.output()).endsWith(withoutTimes(output ?? stderr ?? ''))).toBe(true);
}

async function checkKill(): Promise<void> {
  run?.child.kill('SIGTERM');
  expect(await run?.ended).toEqual({ code: null, signal: 'SIGTERM' });
  const left = [await pathExists(lab.at('api.sock')), await pathExists(lab.at('v.sock'))];
  expect(left).toEqual([true, true]);
  run = undefined;
}

describe('the stand-in answers as the real one did', () => {
  test('with every recorded case', () => expect(cases).toHaveLength(173));

  test.each(cases.map((one, at) => [at, one.method ?? one.argv, one.path ?? '', one] as const))(
    'case %i: %s %s',
    async (at, _method, _path, one) => {
      if (one.argv === 'SIGTERM to a running VM') await checkKill();
      else if (one.argv !== undefined) await checkExit(one);
      else await checkAnswer(one, at);
    },
  );
});

test('what follows a body over the limit is taken for headers', async () => {
  await stop();
  run = await lab.start();
  const [one] = cases.filter(({ body }) => body === 'over the body limit');
  const connection = await Connection.open(lab.at('api.sock'));
  connection.send(requestText('PUT', '/mmds', 'x'.repeat(60_000)));
  const [first, ...others] = String(one?.response).split(/HTTP\/1\.1 400 .*?\r\n\r\n/s);
  expect((await connection.read())?.body).toBe(first);
  for (const other of others) expect((await connection.read())?.body).toBe(other);
  await connection.close();
});
