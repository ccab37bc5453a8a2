import { expect, test } from '@jest/globals';
import type { ExecRequest, ExecResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../../lib/clock.js';
import { banger, serveVmm } from '../../../test/fakes/command-line.js';

type Response = NonNullable<ExecResponse['response']>;
const said = (response: Response): ExecResponse => ({ response });
const stdout = (text: string) => said({ $case: 'stdout', value: Buffer.from(text) });
const exited = (exitCode: number, timedOut = false) =>
  said({ $case: 'exited', value: { exitCode, signal: '', timedOut } });

/** A guest whose every command is cat(1), and ends with 3; a signal ends it with 130. What it was asked for. */
async function serveCat() {
  const seen: NonNullable<ExecRequest['request']>[] = [];
  await serveVmm({
    async *exec(requests) {
      for await (const { request } of requests) {
        if (request === undefined) continue;
        seen.push(request);
        if (request.$case === 'command') yield said({ $case: 'started', value: { pid: 7 } });
        if (request.$case === 'stdin') yield stdout(Buffer.from(request.value).toString());
        if (request.$case === 'endOfInput') return void (yield exited(3));
        if (request.$case === 'signal') return void (yield exited(130));
      }
    },
  });
  return seen;
}

test('a command has our streams, and its exit code is ours', async () => {
  const seen = await serveCat();
  const result = await banger(
    'vm exec web --env A=1 -e B=x=y --cwd /srv -u www --timeout 9 -- cat -n --json',
    ({ stdin }) => {
      stdin.end('hello');
    },
  );
  expect(result).toEqual({ code: 3, stdout: 'hello', stderr: '' });
  expect(seen[0]).toMatchObject({
    value: {
      ...{ name: 'web', arguments: ['cat', '-n', '--json'], environment: { A: '1', B: 'x=y' } },
      ...{ workingDirectory: '/srv', user: 'www', timeout: { seconds: 9 } },
    },
  });
  expect(seen.at(-1)).toMatchObject({ $case: 'endOfInput' });
});

test('with --no-input it reads nothing of ours', async () => {
  const seen = await serveCat();
  const result = await banger('vm exec web --no-input -- cat', ({ stdin }) => void stdin.write('for somebody else'));
  expect(result).toMatchObject({ code: 3, stdout: '' });
  expect(seen.map(({ $case }) => $case)).toEqual(['command', 'endOfInput']);
});

test('the first Ctrl-C goes to the command', async () => {
  const seen = await serveCat();
  const result = await banger('vm exec web -- cat', ({ interrupt, stdin, stdout: written }) => {
    stdin.write('runs');
    void pollUntil(() => written() === 'runs', { what: 'it runs', timeoutMs: 60_000 }).then(interrupt);
  });
  expect(result).toMatchObject({ code: 130, stdout: 'runs' });
  expect(seen.at(-1)).toEqual({ $case: 'signal', value: 'INT' });
});

test('the second Ctrl-C ends one that hears none', async () => {
  let ended = false;
  await serveVmm({
    async *exec(_requests, { signal }) {
      yield said({ $case: 'started', value: { pid: 7 } });
      yield stdout('runs');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
    },
  });
  const result = await banger('vm exec web -- cat', ({ interrupt, stdout: written }) => {
    void pollUntil(() => written() === 'runs', { what: 'it runs', timeoutMs: 60_000 }).then(() => {
      interrupt();
      interrupt();
    });
  });
  expect(result.code).toBe(130);
  await pollUntil(() => ended, { what: 'the call has ended', timeoutMs: 60_000 });
});

test('errors are apart, and the end of its time has a code of its own', async () => {
  await serveVmm({
    async *exec() {
      yield said({ $case: 'started', value: { pid: 7 } });
      yield said({ $case: 'stderr', value: Buffer.from('no\n') });
      yield exited(129, true);
    },
  });
  expect(await banger('vm exec web -- cat')).toEqual({ code: 124, stdout: '', stderr: 'no\n' });
});

test('mistakes are told before anything runs', async () => {
  const seen = await serveCat();
  expect(await banger('vm exec web')).toMatchObject({ code: 2, stderr: expect.stringContaining('COMMAND is missing') });
  expect(await banger('vm exec web --tty -- bash')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('terminal'),
  });
  expect(await banger('vm exec web --env 1=2 -- cat')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"1=2"'),
  });
  expect(seen).toEqual([]);
});
