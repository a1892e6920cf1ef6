/**
 * Many sites, on a machine that cannot run as many containers: the records of one real site are written once more under
 * other names, and a socket before the Docker Engine tells of its container under those names, too. The processes that
 * are measured are octohost's own, unchanged.
 */
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** The site that all are made like. Long enough to be in no other word. */
export const model = 'crowd-model';

/** The name of a site like the model. Pure. */
export const nameOf = (copy: number) => `crowd-${String(copy).padStart(5, '0')}`;

/** A text of the model's as a copy's. Pure. */
export const asCopy = (words: string, copy: number) => words.replaceAll(model, nameOf(copy));

/** Writes what the store has of the model for copies, from one number until before another. */
export function writeCopies(file: string, from: number, until: number): void {
  const database = new DatabaseSync(file);
  try {
    database.exec('BEGIN IMMEDIATE');
    const rows = database
      .prepare('SELECT key, version, value FROM entries WHERE instr(key, ?)')
      .all(model) as unknown as { key: string; version: number; value: string }[];
    const insert = database.prepare('INSERT INTO entries (key, version, value) VALUES (?, ?, ?)');
    for (let copy = from; copy < until; copy++)
      for (const { key, version, value } of rows) insert.run(asCopy(key, copy), version, asCopy(value, copy));
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

export interface CrowdEngine {
  readonly dockerHost: string;
  /** How many copies there are from now on. */
  grow(copies: number): void;
  close(): void;
}

/** @param dockerHost `unix:///path` of the real engine */
export async function crowdEngine(dockerHost: string, socketPath: string): Promise<CrowdEngine> {
  const engine = dockerHost.replace(/^unix:\/\//, '');
  let copies = 0;
  const server = createServer((incoming, outgoing) => {
    const asked = crowdQuestion(incoming.url ?? '');
    pass(
      engine,
      incoming,
      outgoing,
      asked?.url ?? incoming.url ?? '',
      asked && ((answer) => asked.tell(answer, copies)),
    );
  });
  const talks = new Set<Duplex>();
  server.on('upgrade', (incoming, client, head) => {
    talks.add(client);
    void passTalk(engine, incoming, client, head).finally(() => talks.delete(client));
  });
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(socketPath, resolve));
  return {
    dockerHost: `unix://${socketPath}`,
    grow: (count) => {
      copies = count;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
      for (const client of talks) client.destroy();
    },
  };
}

/** What the engine is to be asked in place of a question that is about copies, and what to tell of its answer. */
export interface CrowdQuestion {
  readonly url: string;
  tell(answer: string, copies: number): string;
}

/** Undefined where no copy is meant. Pure. */
export function crowdQuestion(url: string): CrowdQuestion | undefined {
  const one = /^(.*\/containers\/)([0-9a-f]{59})c([0-9a-f]{4})(\/json.*)$/.exec(url);
  if (one) {
    // The engine takes the beginning of an id for the whole.
    const [, before = '', id = '', copy = '', after = ''] = one;
    return { url: `${before}${id}${after}`, tell: (answer) => toldOf(answer, Number.parseInt(copy, 16)) };
  }
  if (!/\/containers\/json\?/.test(url)) return undefined;
  const named = /crowd-(\d{5})/.exec(url);
  if (named)
    return { url: url.replaceAll(named[0], model), tell: (answer) => toldOf(answer, Number(named[1])) };
  if (url.includes(model)) return undefined;
  return {
    url,
    tell(answer, copies) {
      const all = JSON.parse(answer) as { Labels?: Record<string, string> }[];
      const ofModel = all
        .filter(({ Labels }) => Labels?.['octohost.site'] === model)
        .map((it) => JSON.stringify(it));
      const more = Array.from({ length: copies }, (_, copy) => ofModel.map((it) => toldOf(it, copy))).flat();
      return `[${[...all.map((it) => JSON.stringify(it)), ...more].join(',')}]`;
    },
  };
}

/** The engine's words about the model's containers as those about a copy's: other names, other ids. Pure. */
function toldOf(answer: string, copy: number): string {
  const suffix = `c${copy.toString(16).padStart(4, '0')}`;
  return asCopy(answer, copy).replaceAll(/"Id":"([0-9a-f]{59})[0-9a-f]{5}"/g, `"Id":"$1${suffix}"`);
}

function pass(
  engine: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  path: string,
  change?: (answer: string) => string,
): void {
  const { method, headers } = incoming;
  const passed = ask({ socketPath: engine, method, path, headers, agent: false }, (answer) => {
    const { statusCode = 502 } = answer;
    if (change === undefined || statusCode !== 200) {
      outgoing.writeHead(statusCode, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      return;
    }
    text(answer).then(
      (words) => outgoing.writeHead(200, { 'content-type': 'application/json' }).end(change(words)),
      () => outgoing.destroy(),
    );
  });
  passed.on('error', () => outgoing.destroy());
  outgoing.on('close', () => passed.destroy());
  incoming.pipe(passed);
}

/** What goes on in another protocol (a build's session, a terminal) is none of the crowd's business. Never throws. */
async function passTalk(
  engine: string,
  { method, url, rawHeaders }: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  const engineSide = connect(engine);
  const headers = rawHeaders.map((word, index) => (index % 2 ? `${word}\r\n` : `${word}: `)).join('');
  engineSide.write(`${method} ${url} HTTP/1.1\r\n${headers}\r\n`);
  engineSide.write(head);
  await Promise.allSettled([pipeline(client, engineSide), pipeline(engineSide, client)]);
}
