import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** An HTTP server of a test's own, on this host alone. `answer` gets the number of the request, from 1. */
export async function fileServer(answer: Answer) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/bundle.tar.zst`),
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers as a server that knows Range and If-Range does; `cutAfter` ends the connection after so many bytes. */
export function serve(data: Buffer, etag: string, cutAfter = Number.POSITIVE_INFINITY): Answer {
  return (request, response) => {
    const from = Number(request.headers.range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
    const start = request.headers['if-range'] === etag ? from : 0;
    const headers = { etag, 'content-length': data.length - start };
    if (start >= data.length) return void response.writeHead(416, { 'content-range': `bytes */${data.length}` }).end();
    if (start === 0) response.writeHead(200, headers);
    else response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${data.length - 1}/${data.length}` });
    const end = Math.min(data.length, start + cutAfter);
    if (end === data.length) return void response.end(data.subarray(start));
    response.write(data.subarray(start, end), () => response.destroy());
  };
}
