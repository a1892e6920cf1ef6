/** What a failed request to Consul means. Pure. */
import type { OctohostError } from '../../core/index.ts';
import { messageOf } from '../../core/index.ts';
import { errors } from './errors.ts';

export type Failure =
  /** It may be better in a moment. `unsent`: the request did not reach Consul, so it did nothing. */
  | { readonly kind: 'unavailable'; readonly problem: string; readonly unsent: boolean }
  /** Conditions of a transaction did not hold. */
  | { readonly kind: 'conflict'; readonly operations: readonly number[] }
  | { readonly kind: 'final'; readonly error: OctohostError };

interface Asked {
  readonly address: string;
  /** After "asked to": `read`. */
  readonly what: string;
}

/** The client's errors hold the request with its token: of them only words are taken over, never the error itself. */
interface ClientError {
  readonly code?: unknown;
  readonly isTimeout?: boolean;
  readonly isCodec?: boolean;
  readonly response?: { readonly statusCode?: number; readonly body?: unknown };
}

const tlsCode = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|HOSTNAME_|ERR_OSSL)/;
const unsentCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

export function readFailure(thrown: unknown, asked: Asked): Failure {
  const error = (thrown ?? {}) as ClientError;
  const { statusCode: status, body } = error.response ?? {};
  if (status !== undefined) return readAnswer(status, wordsOf(body, thrown), body, asked);
  const code = typeof error.code === 'string' ? error.code : '';
  const problem = messageOf(thrown).replace(/^consul: [\w.]+: /, '');
  if (tlsCode.test(code)) return final(errors.E_CONSUL_TLS({ address: asked.address, problem }));
  if (code.startsWith('HPE_') || error.isCodec) return final(errors.E_CONSUL_ANSWER({ ...asked, problem }));
  return { kind: 'unavailable', problem, unsent: unsentCodes.has(code) };
}

function readAnswer(status: number, words: string, body: unknown, asked: Asked): Failure {
  const problem = `${status} ${words}`;
  const conflicts = status === 409 ? conflictsIn(body) : undefined;
  if (conflicts) return { kind: 'conflict', operations: conflicts };
  if (/HTTP request to an HTTPS server/i.test(words))
    return final(errors.E_CONSUL_TLS({ address: asked.address, problem }));
  if (status === 401 || status === 403 || /ACL not found|Permission denied/i.test(words))
    return final(errors.E_CONSUL_REFUSED({ ...asked, problem }));
  if (status >= 500 || status === 429 || status === 408)
    return { kind: 'unavailable', problem, unsent: false };
  return final(errors.E_CONSUL_ANSWER({ ...asked, problem }));
}

function final(error: OctohostError): Failure {
  return { kind: 'final', error };
}

/** The numbers of the operations that a transaction's answer complains of; undefined where it is no such answer. */
function conflictsIn(body: unknown): number[] | undefined {
  const { Errors: list } = (body ?? {}) as { Errors?: { OpIndex?: unknown; What?: unknown }[] };
  if (!Array.isArray(list) || list.length === 0) return undefined;
  // A denial is told in the same way as a condition that does not hold.
  if (list.some(({ What }) => /permission denied/i.test(String(What)))) return undefined;
  return list.map(({ OpIndex }) => Number(OpIndex));
}

function wordsOf(body: unknown, thrown: unknown): string {
  const plain = Buffer.isBuffer(body) ? body.toString('utf8') : body;
  const text = typeof plain === 'string' ? plain : plain ? JSON.stringify(plain) : '';
  return (text === '' ? messageOf(thrown).replace(/^consul: [\w.]+: /, '') : text)
    .trim()
    .replaceAll(/\s+/g, ' ')
    .slice(0, 200);
}
