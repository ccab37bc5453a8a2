import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { archiveUnavailable } from './errors.js';
import { isAllowed } from './manifest.js';

const maxRedirects = 5;
const redirects: readonly number[] = [301, 302, 303, 307, 308];

export interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A server that says nothing for so long is given up. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks for a file by HTTP and returns the answer with its body still to come. Follows redirects, never to another scheme
 * and, without TLS, never to another host than this one. Rejects with ARCHIVE_UNAVAILABLE when it leads astray, or with
 * Node's error.
 */
export async function ask(question: Question): Promise<IncomingMessage> {
  let { url } = question;
  for (let count = 0; count <= maxRedirects; count++) {
    const answer = await askOnce({ ...question, url });
    if (!redirects.includes(answer.statusCode ?? 0)) return answer;
    answer.destroy();
    url = next(url, answer.headers.location);
  }
  throw archiveUnavailable(question.url.href, `it redirects more than ${maxRedirects} times`, false);
}

function next(from: URL, location: string | undefined): URL {
  if (!location || !URL.canParse(location, from.href)) {
    throw archiveUnavailable(from.href, 'it redirects to nowhere', false);
  }
  const to = new URL(location, from);
  if (to.protocol === from.protocol && isAllowed(to)) return to;
  throw archiveUnavailable(from.href, `it redirects to ${to.href}, which is not followed`, false);
}

function askOnce({ url, headers, silenceMs, signal }: Question): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    const onAnswer = (message: IncomingMessage) => {
      answer = message;
      resolve(message);
    };
    // A connection of its own: one that another answer has left half read is of no use.
    const options = { headers, agent: false as const, ...(signal && { signal }) };
    const isSecure = url.protocol === 'https:';
    const request = isSecure ? getHttps(url, options, onAnswer) : getHttp(url, options, onAnswer);
    request.once('error', reject);
    // Counts from the last byte, also while the body comes.
    request.setTimeout(silenceMs, () => {
      (answer ?? request).destroy(new Error(`it was silent for ${silenceMs / 1000} s`));
    });
  });
}
