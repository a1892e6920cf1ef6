/** The connection to the database server. */
import { readFile } from 'node:fs/promises';
import { connect as openSocket, type Socket } from 'node:net';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { messageOf } from 'octohost';
import { errors } from './errors.ts';
import { type CheckedOptions, isThisHost } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Server {
  /** The column `found` of all rows. */
  look(sql: string): Promise<string[]>;
  run(sql: string): Promise<void>;
}

export interface ServerContext {
  readonly options: CheckedOptions;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Stays out of what the server says. */
  readonly secret?: string;
}

const connectMilliseconds = 10_000;

/** @throws E_MYSQL_PASSWORD, E_MYSQL_SERVER; the signal's reason, at once, when it aborts */
export async function withServer<Result>(
  context: ServerContext,
  work: (server: Server) => Promise<Result>,
): Promise<Result> {
  const { options, environment, signal } = context;
  const password = await readPassword(options, environment);
  signal.throwIfAborted();
  const socket = openSocket(options.port, options.host).setNoDelay(true);
  const stopped = Promise.withResolvers<never>();
  // Somebody waits for it only while a statement runs.
  stopped.promise.catch(() => {});
  const stop = () => {
    stopped.reject(signal.reason);
    socket.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  const tell = tellFailures(options, [password, context.secret ?? '']);
  // A server that hangs ends no statement, and neither does mysql2 when its connection is closed.
  const told = <Value>(answer: Promise<Value>) => Promise.race([stopped.promise, tell(answer)]);
  try {
    const connection = await told(connect(options, password, socket));
    // What a quotation mark means depends on it.
    await told(connection.query("SET SESSION sql_mode = 'STRICT_ALL_TABLES'"));
    return await work({
      async look(sql) {
        const [rows] = await told(connection.query<RowDataPacket[]>(sql));
        return rows.map((row) => String(row['found']));
      },
      async run(sql) {
        await told(connection.query(sql));
      },
    });
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function connect(
  { host, port, username, tls }: CheckedOptions,
  password: string,
  stream: Socket,
): Promise<Connection> {
  return createConnection({
    host,
    port,
    stream,
    user: username,
    password,
    connectTimeout: connectMilliseconds,
    charset: 'utf8mb4_bin',
    ...((tls ?? !isThisHost(host)) ? { ssl: { verifyIdentity: true } } : {}),
  });
}

/** Its own error holds the statement, and so the password: only its words are passed on. */
function tellFailures({ host, port }: CheckedOptions, secrets: readonly string[]) {
  return async <Value>(answer: Promise<Value>): Promise<Value> => {
    try {
      return await answer;
    } catch (error) {
      const words = secrets
        .filter((secret) => secret !== '')
        .reduce((text, secret) => text.replaceAll(secret, '[hidden]'), messageOf(error));
      throw errors.E_MYSQL_SERVER({ server: `${host}:${port}`, words });
    }
  };
}

async function readPassword({ passwordFile }: CheckedOptions, environment: Environment): Promise<string> {
  if (passwordFile === undefined) return environment['OCTO_MYSQL_PASSWORD'] ?? '';
  const text = await readFile(passwordFile, 'utf8').catch((error: unknown) => {
    throw errors.E_MYSQL_PASSWORD({ file: passwordFile, problem: messageOf(error) });
  });
  return text.replace(/\r?\n$/, '');
}
