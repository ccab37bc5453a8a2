import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Answer, fileServer, serve } from '../testing/file-server.js';
import { tempFolder } from '../testing/temp-folder.js';
import { type DownloadOptions, download } from './download.js';
import { bundleReasons } from './errors.js';

const data = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
let temp: Awaited<ReturnType<typeof tempFolder>>;
let server: Awaited<ReturnType<typeof fileServer>> | undefined;

beforeEach(async () => {
  temp = await tempFolder();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await temp.remove();
});

const path = () => join(temp.path, 'archive');

async function get(answer: Answer, options: Partial<DownloadOptions> = {}) {
  server ??= await fileServer(answer);
  await download(server.url, path(), { maxBytes: 1_000_000, pauseMs: 1, ...options });
  expect((await readFile(path())).equals(data)).toBe(true);
  return server.requests;
}

const failure = { kind: 'unavailable', reason: bundleReasons.ARCHIVE_UNAVAILABLE };

test('a file comes whole, and says how far it is', async () => {
  const seen: (readonly [number, number | undefined])[] = [];
  await get(serve(data, '"1"'), { onBytes: (done, total) => seen.push([done, total]) });
  expect(seen.at(-1)).toEqual([data.length, data.length]);
});

test('connections that are cut are gone on with, each where it ended', async () => {
  const requests = await get(serve(data, '"1"', 70_000));
  expect(requests.length).toBeGreaterThan(3);
  expect(requests.slice(1).every(({ headers }) => headers['if-range'] === '"1"')).toBe(true);
});

test('what an interrupted call has got is gone on with by the next', async () => {
  const stop = new AbortController();
  const onBytes = (done: number) => done >= 70_000 && stop.abort(new Error('Ctrl-C'));
  const hang: Answer = (_request, response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': data.length });
    response.write(data.subarray(0, 70_000));
  };
  const answers: Answer = (request, response, count) =>
    (count === 1 ? hang : serve(data, '"1"'))(request, response, count);
  await expect(get(answers, { signal: stop.signal, onBytes })).rejects.toThrow('Ctrl-C');
  expect((await readFile(path())).length).toBe(70_000);
  const requests = await get(answers);
  expect(requests[1]?.headers.range).toBe('bytes=70000-');
});

test.each<readonly [string, Answer]>([
  ['ignores Range', (_request, response) => void response.writeHead(200, { etag: '"1"' }).end(data)],
  ['has another file now', serve(data, '"2"')],
  [
    'answers with another range',
    (request, response, count) => {
      if (count > 2) return serve(data, '"1"')(request, response, count);
      response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('wrong');
    },
  ],
  [
    'has a shorter file',
    (request, response, count) => {
      if (count > 2) return serve(data, '"1"')(request, response, count);
      response.writeHead(416, { 'content-range': 'bytes */10' }).end();
    },
  ],
])('a server that %s gives the whole file anew', async (_what, second) => {
  await get((request, response, count) =>
    (count === 1 ? serve(data, '"1"', 70_000) : second)(request, response, count),
  );
});

test('a beginning of which nobody knows what it is of is thrown away', async () => {
  await writeFile(path(), 'something else');
  const [request] = await get(serve(data, '"1"'));
  expect(request?.headers.range).toBeUndefined();
});

test('a file that is there in full is not fetched again', async () => {
  await get(serve(data, '"1"'));
  const requests = await get(serve(data, '"1"'));
  expect(requests).toHaveLength(2);
});

test.each<readonly [string, Answer, RegExp]>([
  ['a server without the file', (_request, response) => void response.writeHead(404).end(), /status 404/],
  ['one that is broken', (_request, response) => void response.writeHead(503).end(), /status 503/],
  [
    'a body without an end',
    (_request, response) => {
      const more = () => response.write(Buffer.alloc(65_536), more);
      more();
    },
    /larger than 1000000 bytes/,
  ],
  [
    'a length that is too long',
    (_request, response) => {
      response.writeHead(200, { 'content-length': 2_000_000 });
      response.flushHeaders();
    },
    /larger than 1000000 bytes/,
  ],
  [
    'a redirect to another scheme',
    (_request, response) => void response.writeHead(302, { location: 'https://127.0.0.1/' }).end(),
    /redirects to https/,
  ],
  [
    'a redirect to a file',
    (_request, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    /redirects to file/,
  ],
  [
    'a redirect to another host',
    (_request, response) => void response.writeHead(302, { location: 'http://192.0.2.1/' }).end(),
    /not followed/,
  ],
  [
    'redirects without an end',
    (_request, response) => void response.writeHead(302, { location: '/again' }).end(),
    /more than 5 times/,
  ],
  ['a redirect to nowhere', (_request, response) => void response.writeHead(302).end(), /redirects to nowhere/],
])('%s is given up', async (_what, answer, why) => {
  await expect(get(answer)).rejects.toMatchObject({ ...failure, message: expect.stringMatching(why) });
});

test('a redirect on this host is followed', async () => {
  await get((request, response, count) => {
    if (request.url === '/there') return serve(data, '"1"')(request, response, count);
    response.writeHead(302, { location: '/there' }).end();
  });
});

test('a server that falls silent, and one that is not there, are given up; what has come is kept', async () => {
  const silent: Answer = (_request, response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': data.length });
    response.write(data.subarray(0, 1000));
  };
  const error = await get(silent, { silenceMs: 200 }).catch((thrown) => thrown);
  expect(error).toMatchObject({ ...failure, message: expect.stringMatching(/silent for 0.2 s; run it again/) });
  expect((await readdir(temp.path)).sort()).toEqual(['archive', 'archive.json']);
  const { url } = server ?? {};
  await server?.close();
  server = undefined;
  await expect(download(url as URL, `${path()}2`, { maxBytes: 1, pauseMs: 1 })).rejects.toMatchObject(failure);
});
