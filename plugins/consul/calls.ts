/** Every request to an agent: with a timeout, asked again while Consul may recover, and with errors in octohost's words. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type Consul from 'consul';
import type { OctohostError } from '../../core/index.ts';
import { errors } from './errors.ts';
import { type Failure, readFailure } from './failure.ts';

const pauseMs = { first: 100, most: 2_000 };
/** How much longer than a blocking query waits its answer may take: Consul adds up to a sixteenth. */
const blockingSlackMs = 10_000;
const blockingSeconds = 30;

/** What is spread into the options of each of the client's methods. */
export interface CallOptions {
  /** In milliseconds. */
  readonly timeout: number;
}

export interface Agent {
  readonly address: string;
  /**
   * Asked again while Consul is unavailable, up to the patience: so the request must come to the same when it is made
   * twice.
   * @param what after "asked to": `read a key`
   * @throws E_CONSUL_UNAVAILABLE, E_CONSUL_REFUSED, E_CONSUL_ANSWER, E_CONSUL_TLS
   */
  ask<Answer>(what: string, request: Request<Answer>): Promise<Answer>;
  /** The same for a transaction; what did not hold is an answer. @throws E_CONSUL_UNANSWERED too */
  write<Answer>(request: Request<Answer>): Promise<Written<Answer>>;
  /** Waits for something newer than an index and returns its index. Asks once; rejects when the signal aborts. */
  block(index: string | undefined, request: BlockingRequest, signal: AbortSignal): Promise<string>;
  close(): void;
}

export type Request<Answer> = (client: Consul, options: CallOptions) => Promise<Answer>;
export type BlockingRequest = (
  client: Consul,
  options: CallOptions & { readonly ctx: EventEmitter; readonly index?: string; readonly wait?: string },
) => Promise<unknown>;

export type Written<Answer> =
  | { readonly answer: Answer }
  /** `unsure`: an earlier try got no answer, and may be the reason. */
  | { readonly conflicts: readonly number[]; readonly unsure: boolean };

export interface Patience {
  readonly requestMs: number;
  readonly patienceMs: number;
}

export function createAgent(address: string, open: () => Promise<Consul>, patience: Patience): Agent {
  let opening: Promise<Consul> | undefined;
  const client = () => {
    opening ??= open().catch((error: unknown) => {
      // The next call tries again: the cause may be repaired by then.
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const at: Place = { address, client, patience };
  return {
    address,
    ask: (what, request) => ask(at, what, request),
    write: (request) => write(at, request),
    block: (index, request, signal) => block(at, index, request, signal),
    close: () => void opening?.then((consul) => consul.destroy()).catch(() => {}),
  };
}

interface Place {
  readonly address: string;
  readonly client: () => Promise<Consul>;
  readonly patience: Patience;
}

type Outcome<Answer> = { readonly answer: Answer } | { readonly failure: Failure; readonly unsure: boolean };

/** Tries until the patience ends; `unsure` where a try got no answer and may have been done. */
async function persist<Answer>(at: Place, what: string, request: Request<Answer>): Promise<Outcome<Answer>> {
  const { requestMs, patienceMs } = at.patience;
  const until = Date.now() + patienceMs;
  const consul = await at.client();
  let unsure = false;
  let tries = 0;
  for (let pause = pauseMs.first; ; pause = Math.min(pause * 2, pauseMs.most)) {
    try {
      return { answer: await request(consul, { timeout: requestMs }) };
    } catch (thrown) {
      const failure = readFailure(thrown, { address: at.address, what });
      if (failure.kind !== 'unavailable') return { failure, unsure };
      unsure ||= !failure.unsent;
      // Once more at least: the answer to a second try settles what became of the first.
      if (++tries > 1 && Date.now() + pause > until) return { failure, unsure };
    }
    await sleep(pause);
  }
}

async function ask<Answer>(at: Place, what: string, request: Request<Answer>): Promise<Answer> {
  const outcome = await persist(at, what, request);
  if ('answer' in outcome) return outcome.answer;
  throw errorOf(at, what, outcome.failure);
}

async function write<Answer>(at: Place, request: Request<Answer>): Promise<Written<Answer>> {
  const outcome = await persist(at, 'write', request);
  if ('answer' in outcome) return { answer: outcome.answer };
  const { failure, unsure } = outcome;
  if (failure.kind === 'conflict') return { conflicts: failure.operations, unsure };
  if (failure.kind === 'unavailable' && unsure)
    throw errors.E_CONSUL_UNANSWERED({ address: at.address, problem: failure.problem });
  throw errorOf(at, 'write', failure);
}

async function block(
  at: Place,
  index: string | undefined,
  request: BlockingRequest,
  signal: AbortSignal,
): Promise<string> {
  // By it the client aborts, and gives the response, whose header has the index, beside the answer.
  const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
  const cancel = () => void ctx.emit('cancel');
  signal.addEventListener('abort', cancel, { once: true });
  const wait = index === undefined ? {} : { index, wait: `${blockingSeconds}s` };
  const timeout = index === undefined ? at.patience.requestMs : blockingSeconds * 1000 + blockingSlackMs;
  try {
    const consul = await at.client();
    signal.throwIfAborted();
    const [response] = (await request(consul, { timeout, ctx, ...wait })) as [IncomingMessage];
    const answered = response.headers['x-consul-index'];
    return typeof answered === 'string' ? answered : '0';
  } catch (thrown) {
    throw errorOf(at, 'watch', readFailure(thrown, { address: at.address, what: 'watch' }));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function errorOf({ address }: Place, what: string, failure: Failure): OctohostError {
  if (failure.kind === 'final') return failure.error;
  const problem = failure.kind === 'unavailable' ? failure.problem : 'a conflict where nothing was compared';
  return errors.E_CONSUL_UNAVAILABLE({ address, what, problem });
}
