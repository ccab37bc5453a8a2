import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseReach, parseTarget, reachLine } from './reach.js';

describe('a target', () => {
  test.each([
    ['192.0.2.1', { host: '192.0.2.1', port: undefined }],
    ['192.0.2.1:80', { host: '192.0.2.1', port: 80 }],
    ['web.example.org:65535', { host: 'web.example.org', port: 65_535 }],
    ['', undefined],
    ['-c', undefined],
    ['host:0', undefined],
    ['host:65536', undefined],
    ['a b', undefined],
    ['$(reboot)', undefined],
  ])('%s', (text, expected) => {
    expect(parseTarget(text)).toEqual(expected);
  });

  test('says nothing more to a shell than its name', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const target = parseTarget(text);
        fc.pre(target !== undefined);
        expect(target?.host).toMatch(/^[A-Za-z0-9.-]+$/);
      }),
    );
  });
});

describe('what the line prints', () => {
  /** As a guest does: its shell reads the line. */
  const shell = (line: string, path = process.env.PATH) =>
    execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8', env: { PATH: path } });

  test('is that a port that refuses was reached', () => {
    expect(parseReach(shell(reachLine({ host: '127.0.0.1', port: 1 })))).toEqual({ kind: 'reached', by: 'TCP' });
  });

  test('is that a port that listens was reached', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(parseReach(shell(reachLine({ host: '127.0.0.1', port })))).toEqual({ kind: 'reached', by: 'TCP' });
    server.close();
  });

  test('is why it was not', () => {
    // The broadcast address is none that TCP goes to.
    const reach = parseReach(shell(reachLine({ host: '255.255.255.255', port: 80 })));
    expect(reach).toEqual({ kind: 'out of reach', why: 'Network is unreachable' });
  });

  test('is that there is nothing to try it with', () => {
    expect(parseReach(shell(reachLine({ host: '127.0.0.1', port: 80 }), '/nonexistent'))).toEqual({ kind: 'unknown' });
  });
});
