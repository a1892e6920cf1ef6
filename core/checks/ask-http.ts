/** Asks an instance by HTTP. */
import { request } from 'node:http';
import { messageOf } from '../errors.ts';
import type { Check } from './choose.ts';
import type { Answer } from './judge.ts';
import type { Place } from './place.ts';
import { showStatus } from './values.ts';

/** So much of a body is looked at. */
const maxBodyBytes = 256 * 1024;

type HttpCheck = Check & { readonly kind: 'http' };

export interface HttpRequest {
  readonly place: Place;
  readonly check: HttpCheck;
  /** The name that the site is asked for by; left out: its address. */
  readonly host: string | undefined;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** In words: `GET /up at http://127.0.0.1:4000 (port 8080 of the container), status 200-399`. Pure. */
export function httpQuestion({ place, check }: Pick<HttpRequest, 'place' | 'check'>): string {
  const { port, path, status, body } = check;
  const wanted = [
    ...(status ? [`status ${status.map(showStatus).join(', ')}`] : []),
    ...(body === undefined ? [] : [`"${body}" in the body`]),
  ];
  const url = `http://${urlHost(place.address)}:${place.port}${path}`;
  return `GET ${url} (port ${port} of the container)${wanted.length > 0 ? `, wanted: ${wanted.join(' and ')}` : ''}`;
}

/** Without a wish any answer counts, whatever its status: it shows that the application itself speaks. */
export function askHttp(asked: HttpRequest): Promise<Answer> {
  const { place, check, host, limitMs, signal } = asked;
  return new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    const none = (error: unknown) =>
      resolve({ is: 'none', text: limit.aborted ? `no answer within ${limitMs} ms` : messageOf(error) });
    const headers = {
      'user-agent': 'octohost-check',
      connection: 'close',
      ...(host === undefined ? {} : { host }),
    };
    const to = {
      host: place.address,
      port: place.port,
      path: check.path,
      headers,
      agent: false,
      signal: limit,
      // What a router takes for an answer is one here: lines that end without a carriage return, say.
      insecureHTTPParser: true,
    };
    const sent = request(to, (response) => {
      const { statusCode = 0 } = response;
      if (check.body === undefined) {
        response.destroy();
        return resolve(judgeHttp(check, statusCode, ''));
      }
      readBody(response).then((body) => resolve(judgeHttp(check, statusCode, body)), none);
    });
    sent.on('error', none);
    sent.end();
  });
}

/** Pure. */
export function judgeHttp({ status, body: wanted }: HttpCheck, code: number, body: string): Answer {
  const text = `answered ${code}`;
  if (status && !status.some(({ from, to }) => from <= code && code <= to)) return { is: 'wrong', text };
  if (wanted !== undefined && !body.includes(wanted))
    return { is: 'wrong', text: `${text} without the text in its body` };
  return { is: 'good', text };
}

async function readBody(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= maxBodyBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
