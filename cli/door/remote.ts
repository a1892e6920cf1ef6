/** An `octo` command over ssh: the same command classes in this process, with the key's engine and no host to reach. */
import { type Readable, Transform } from 'node:stream';
import { allows } from '../../core/index.ts';
import { recordRefusal, whoComes } from '../audit/refusal.ts';
import { type CommandContext, processContext } from '../context.ts';
import { readPackage } from '../program.ts';
import { start } from '../start.ts';
import { writeStdout } from '../stdout-guard.ts';
import { type Connection, watchConnection } from './connection.ts';
import { errors } from './errors.ts';
import { requireRight } from './guard.ts';
import { actorOf, admit, type Door, type Visitor } from './visitor.ts';

/** Runs one command line of a key; returns the exit code. */
export async function runRemote(words: readonly string[], door: Door): Promise<number> {
  const connection = watchConnection();
  const visitor = await admit(door);
  try {
    if (words.length === 1 && words[0] === '--version') writeStdout(`octohost ${readPackage().version}\n`);
    else await startAudited(words, remoteContext(processContext(), visitor, actorOf(door), connection));
    return Number(process.exitCode ?? 0);
  } finally {
    connection.close();
    await visitor.engine.close();
  }
}

/** What is no command, or none for ssh, is on record too: by its first word, for others may be secret. */
async function startAudited(words: readonly string[], context: CommandContext): Promise<void> {
  const refused = await start(words, context);
  if (refused === undefined) return;
  const config = await context.loadConfig(undefined);
  await recordRefusal(config.dataDir, whoComes(context), words[0] ?? '', refused);
}

/** What a command over ssh sees of the process. */
function remoteContext(
  host: CommandContext,
  { engine, key }: Visitor,
  actor: string,
  connection: Connection,
): CommandContext {
  return {
    ...host,
    remote: true,
    mayRead: (site) => allows(key, 'read', site),
    requireRight: (right, site) => requireRight(key, right, site),
    actor,
    fingerprint: key.fingerprint,
    stdin: whole(host.stdin, connection),
    stdinIsTerminal: false,
    terminal: undefined,
    // Readers end with the connection; what changes something goes on to its end.
    stdout: { ...host.stdout, closed: AbortSignal.any([host.stdout.closed, connection.dropped]) },
    readConfig: async () => engine.config,
    loadConfig: async () => engine.config,
    openEngine: () => engine,
  };
}

/** A lost connection looks like the end of what comes in: half a value must not be taken for all of it. */
export function whole(stdin: Readable, connection: Pick<Connection, 'isDropped'>): Readable {
  const checked = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) =>
      void connection.isDropped().then((dropped) => done(dropped ? errors.E_DOOR_DROPPED(undefined) : null)),
  });
  // Where nobody reads what comes in, nobody misses it either.
  checked.on('error', () => {});
  return stdin.on('error', (error) => checked.destroy(error)).pipe(checked);
}
