import { expect, test } from '@jest/globals';
import type { CommandResult } from '../../../lib/host/command.js';
import { createConnections } from './connections.js';

/** A conntrack that says one thing after another, and the last of them from then on. */
function saying(...results: Partial<CommandResult>[]) {
  const asked: string[] = [];
  const run = async (argv: readonly string[]) => {
    asked.push(argv.join(' '));
    const result = results.length > 1 ? results.shift() : results[0];
    return { stdout: '', stderr: '', exitCode: 0, ...result };
  };
  return { asked, connections: createConnections(run) };
}

const gone = { stderr: 'conntrack v1.4.7 (conntrack-tools): 3 flow entries have been deleted.\n' };
const none = { exitCode: 1, stderr: 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.\n' };
const vanished = { exitCode: 1, stderr: "conntrack v1.4.7: Operation failed: such conntrack doesn't exist\n" };

test('an address is forgotten on both sides; that there was none is right', async () => {
  const { asked, connections } = saying(gone, none);
  await connections.forget('10.77.0.10');
  expect(asked).toEqual(['conntrack --delete --orig-src 10.77.0.10', 'conntrack --delete --reply-src 10.77.0.10']);
});

test('a connection that ends by itself meanwhile is no failure', async () => {
  const { asked, connections } = saying(vanished, vanished, gone);
  await connections.forget('10.77.0.10');
  expect(asked).toHaveLength(4);
});

test.each([
  ['no right', 'Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this'],
  ['connections that come and go for ever', vanished.stderr],
])('%s is a failure, told with what conntrack said', async (_, stderr) => {
  const { connections } = saying({ exitCode: 1, stderr });
  await expect(connections.forget('10.77.0.10')).rejects.toMatchObject({
    reason: 'COMMAND_FAILED',
    message: expect.stringContaining(stderr.trim()),
  });
});
