/** What git's hook hands over: its environment and the refs that a push is to move. Pure. */
import { parseRevision, type Revision } from '../../core/index.ts';

export interface HookRequest {
  /** GIT_OBJECT_DIRECTORY and its like: where git keeps the pushed objects for now. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the pusher said with `-o`, as it came. */
  readonly options: readonly string[];
  /** Of a signed push only. */
  readonly certificate?: Certificate;
  readonly updates: readonly Update[];
}

export interface Update {
  readonly ref: string;
  /** What the pusher took the ref for; all zeros: it is new. */
  readonly before: Revision;
  /** All zeros: it is deleted. */
  readonly after: Revision;
}

/** What git found out about the signature of a push (githooks(5)). */
export interface Certificate {
  /** `G` good, `U` good and of nobody known here, `B` bad; others: it could not be checked. */
  readonly status: string;
  /** Whose it is: the name of a key. */
  readonly signer: string;
  /** `OK` where it was signed for this very push. */
  readonly nonce: string;
}

const objectVariables = [
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_QUARANTINE_PATH',
] as const;

/** A line that is no ref, and with which the hook's message ends. */
export const endOfRequest = '\n.\n';

/** Where the environment ends: it has no empty variable. */
const endOfEnvironment = '\0\0';

/**
 * Whether the text is a whole message. Options are free text, so the end is looked for behind the environment; a push
 * always has a ref.
 */
export function isWhole(text: string): boolean {
  const start = text.indexOf(endOfEnvironment);
  return start !== -1 && text.slice(start + endOfEnvironment.length).endsWith(endOfRequest);
}

/** Reads a whole message: variables with a NUL behind each, one more NUL, `<before> <after> <ref>` lines. */
export function parseHookRequest(text: string): HookRequest {
  const start = text.indexOf(endOfEnvironment);
  const variables = new Map(text.slice(0, start).split('\0').map(parseVariable));
  const lines = text.slice(start + endOfEnvironment.length, -endOfRequest.length).split('\n');
  const certificate = certificateOf(variables);
  return {
    environment: Object.fromEntries(
      objectVariables.flatMap((name) => {
        const value = variables.get(name);
        return value ? [[name, value]] : [];
      }),
    ),
    options: optionsOf(variables),
    ...(certificate ? { certificate } : {}),
    updates: lines.map(parseUpdate),
  };
}

function parseVariable(text: string): [name: string, value: string] {
  const [name = ''] = text.split('=', 1);
  return [name, text.slice(name.length + 1)];
}

function optionsOf(variables: ReadonlyMap<string, string>): string[] {
  const count = Number(variables.get('GIT_PUSH_OPTION_COUNT') ?? 0);
  return Array.from({ length: count }, (_, index) => variables.get(`GIT_PUSH_OPTION_${index}`) ?? '');
}

function certificateOf(variables: ReadonlyMap<string, string>): Certificate | undefined {
  if (!variables.get('GIT_PUSH_CERT')) return undefined;
  return {
    status: variables.get('GIT_PUSH_CERT_STATUS') ?? '',
    signer: variables.get('GIT_PUSH_CERT_SIGNER') ?? '',
    nonce: variables.get('GIT_PUSH_CERT_NONCE_STATUS') ?? '',
  };
}

function parseUpdate(line: string): Update {
  const [before = '', after = '', ...ref] = line.split(' ');
  return { before: parseRevision(before), after: parseRevision(after), ref: ref.join(' ') };
}

/** git writes zeros for a ref that is not there. */
export function isNothing(revision: string): boolean {
  return /^0+$/.test(revision);
}
