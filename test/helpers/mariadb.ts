/** A MariaDB server of a test's own: a private process on a loopback port, in a temporary folder. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ConnectionOptions, createConnection, type RowDataPacket } from 'mysql2/promise';
import { freePort } from '../../cli/dev/free-port.ts';
import { waitUntil } from '../../cli/dev/wait.ts';

export interface MariaDb {
  readonly port: number;
  /** A user who may do everything. */
  readonly admin: { readonly user: string; readonly password: string };
  /** The rows that somebody gets; by default the user who may do everything. */
  ask(sql: string, as?: ConnectionOptions): Promise<Record<string, unknown>[]>;
  dispose(): Promise<void>;
}

const address = '127.0.0.1';

export async function mariaDb(): Promise<MariaDb> {
  const dir = await mkdtemp(join(tmpdir(), 'octo-maria-'));
  const port = await freePort();
  const data = `--datadir=${join(dir, 'data')}`;
  const user = `--user=${userInfo().username}`;
  await promisify(execFile)('mariadb-install-db', [
    '--no-defaults',
    data,
    user,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]);
  const server = spawn(
    'mariadbd',
    [
      '--no-defaults',
      data,
      user,
      `--socket=${join(dir, 'socket')}`,
      `--pid-file=${join(dir, 'pid')}`,
      `--bind-address=${address}`,
      `--port=${port}`,
      '--innodb-buffer-pool-size=8M',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said = lastWords(server);
  const admin = { user: 'octohost', password: 'admin-password' };
  const ask = async (sql: string, as: ConnectionOptions) => {
    const connection = await createConnection(as);
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    } finally {
      connection.destroy();
    }
  };
  const dispose = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
    await rm(dir, { recursive: true });
  };
  const root = { socketPath: join(dir, 'socket'), user: 'root' };
  const answers = async () => {
    if (server.exitCode !== null) throw new Error(`mariadbd ended: ${said()}`);
    const asked = ask('SELECT 1', root);
    return asked.then(
      () => true,
      () => false,
    );
  };
  try {
    if (!(await waitUntil(answers, { timeoutMs: 60_000 }))) throw new Error(`no answer: ${said()}`);
    await ask(`CREATE USER ${admin.user}@'%' IDENTIFIED BY '${admin.password}'`, root);
    await ask(`GRANT ALL ON *.* TO ${admin.user}@'%' WITH GRANT OPTION`, root);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    admin,
    ask: (sql, as = admin) => ask(sql, { host: address, port, ...as }),
    dispose,
  };
}

function lastWords(program: ChildProcess): () => string {
  let text = '';
  program.stderr?.on('data', (piece) => {
    text = `${text}${String(piece)}`.slice(-4000);
  });
  return () => text;
}
