/** How the moments at which a deploy changes the world are called. Pure. */
import type { RoleName, StoreOperation } from '../../core/index.ts';

/** What of each role changes the world; everything else only looks. */
export const changes: Readonly<Record<RoleName, readonly string[]>> = {
  builder: ['build', 'discard'],
  runtime: ['start', 'run', 'keep', 'rename', 'stop', 'removeVolume'],
  store: ['transact', 'close'],
  registrar: ['register', 'deregister'],
  router: ['prepare', 'apply'],
  publisher: ['publish'],
};

/** `runtime.start`, `store.transact pointer`; undefined where the call changes nothing. */
export function callName(role: string, method: string, words: readonly unknown[]): string | undefined {
  if (role !== 'store' || method !== 'transact') return `${role}.${method}`;
  const written = (words[0] as readonly StoreOperation[]).filter(({ kind }) => kind !== 'check');
  return written.length === 0 ? undefined : `store.transact ${whatIsWritten(written)}`;
}

const stateKey = /^octohost-state\/(?<kind>[^/]+)(?:\/(?<rest>.+))?$/;

/** A switch writes much; it is called after its pointer. A beat beside a lease is the lease's own. */
function whatIsWritten(written: readonly StoreOperation[]): string {
  const kinds = [...new Set(written.map(kindOf))];
  if (kinds.includes('sites')) return 'pointer';
  const leases = kinds.filter((kind) => kind.startsWith('lease '));
  return (leases.length > 0 ? leases : kinds).join('+');
}

/** `ports`, `lease site given back`. */
function kindOf(operation: StoreOperation): string {
  const { kind = 'settings', rest = '' } = stateKey.exec(operation.key)?.groups ?? {};
  if (kind !== 'leases') return kind;
  const isFree = operation.kind === 'set' && operation.value.includes('"holder":null');
  return `lease ${rest.split('/', 1)[0]} ${isFree ? 'given back' : 'taken'}`;
}

const engineVerbs = /^(?:create|start|stop|kill|update|rename|tag|push|prune)$/;

/** A request to the Docker Engine, whatever it is about: `docker POST containers/start`; undefined where it only looks. */
export function requestName(method: string, url: string): string | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  const [kind = '', ...more] = url
    .replace(/^\/v[\d.]+/, '')
    .replace(/\?.*/, '')
    .split('/')
    .filter(Boolean);
  const verb = more.at(-1) ?? '';
  return `docker ${method} ${engineVerbs.test(verb) ? `${kind}/${verb}` : kind}`;
}

/** `update-ref` of `git -c name=value --git-dir path update-ref …`. */
export function gitCommand(words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (['-c', '-C', '--git-dir'].includes(word)) index++;
    else if (!word.startsWith('-')) return word;
  }
  return undefined;
}

/** What git is told to do to refs: `prepare heads`, `commit`, `set octohost/releases+octohost/pending`. */
export function conversationName(text: string): string | undefined {
  const lines = text.split('\0').filter((line) => line !== '');
  const last = lines.at(-1);
  if (last !== 'prepare' && last !== 'commit') return undefined;
  const refs = lines.flatMap((line) => /^(?:update|delete) refs\/(\S+)/.exec(line)?.[1] ?? []);
  const kinds = [
    ...new Set(refs.map((ref) => ref.split('/', ref.startsWith('octohost/') ? 2 : 1).join('/'))),
  ];
  const verb = lines[0] === 'start' && last === 'commit' ? 'set' : last;
  return `git.update-ref ${[verb, ...(kinds.length > 0 ? [kinds.join('+')] : [])].join(' ')}`;
}
