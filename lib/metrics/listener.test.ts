import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { pollUntil } from '../clock.js';
import { silentLog } from '../log.js';
import { MetricsListener } from './listener.js';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function listener(port: number, text = async () => 'a 1\n'): Promise<MetricsListener> {
  const made = new MetricsListener({ address: '127.0.0.1', port, key: 'vmm', text, log: silentLog, retryMs: 5 });
  opened.push(made);
  await made.open();
  return made;
}

async function taken(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({ close: () => server.listening && server.close() });
  return { server, port: (server.address() as { port: number }).port };
}

test('metrics are answered at /metrics, and nothing else is', async () => {
  const { port } = await listener(0);
  const base = `http://127.0.0.1:${port}`;
  const answer = await fetch(`${base}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([200, 'a 1\n']);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect((await fetch(`${base}/`)).status).toBe(404);
  expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(405);
  expect(await (await fetch(`${base}/metrics`, { method: 'HEAD' })).text()).toBe('');
});

test('what cannot be collected is an error of that scrape alone', async () => {
  let fails = true;
  const { port } = await listener(0, async () => {
    if (fails) throw new Error('away');
    return 'a 1\n';
  });
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(500);
  fails = false;
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
});

test('a port that another program has is told, and had when it is free', async () => {
  const { server, port } = await taken();
  const made = await listener(port);
  expect(made.error).toMatchObject({
    reason: 'METRICS_PORT_UNUSABLE',
    message: `cannot serve metrics at 127.0.0.1:${port}: another program listens there; end it, or set another vmm in [metrics]`,
  });
  server.close();
  await pollUntil(() => made.error === undefined, { what: 'the port is had', timeoutMs: 30_000, everyMs: 5 });
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
});
