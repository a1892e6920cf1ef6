/** A pushed revision as a tree. Nothing is checked out: git streams what is asked for. */
import { execFile, spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Revision, Tree } from '../../core/index.ts';
import { errors } from './errors.ts';

const run = promisify(execFile);
const maxFileBytes = 1024 * 1024;

/**
 * @param gitDir the repository
 * @param environment where git keeps objects that are pushed but not accepted yet
 */
export async function gitTree(
  gitDir: string,
  revision: Revision,
  environment: Readonly<Record<string, string>>,
): Promise<Tree> {
  const git = (...words: string[]) => ['--git-dir', gitDir, ...words];
  const options = {
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'buffer' as const,
    maxBuffer: maxFileBytes,
  };
  const { stdout } = await run(
    'git',
    git('rev-parse', '--verify', '--end-of-options', `${revision}^{tree}`),
    options,
  );
  return {
    id: stdout.toString().trim(),
    async read(path) {
      const listed = await run('git', git('ls-tree', '-z', revision, '--', path), options);
      const blob = blobAt(path, listed.stdout.toString());
      if (!blob) return undefined;
      try {
        return (await run('git', git('cat-file', 'blob', blob), options)).stdout;
      } catch (cause) {
        throw errors.E_GIT({ what: `read ${path} (files up to 1 MiB are read)`, cause }, { cause });
      }
    },
    async tar() {
      return archive(git('archive', '--format=tar', revision), options.env);
    },
  };
}

/** The id of a regular file in the output of `git ls-tree -z`, if it is this very path. Pure. */
export function blobAt(path: string, listing: string): string | undefined {
  const entry = listing.split('\0').find((line) => line.endsWith(`\t${path}`));
  return /^100(?:644|755) blob ([0-9a-f]+)\t/.exec(entry ?? '')?.[1];
}

function archive(words: readonly string[], env: NodeJS.ProcessEnv): Readable {
  const child = spawn('git', words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // Node drains the output of a child that has ended while nobody reads it: this stream reads from the start.
  const tar = child.stdout.pipe(new PassThrough(), { end: false });
  let problem = '';
  child.stderr.on('data', (data: Buffer) => {
    problem += data.toString();
  });
  const fail = (cause: unknown) =>
    tar.destroy(errors.E_GIT({ what: 'archive the revision', cause }, { cause }));
  child.on('error', fail);
  child.on('close', (code) => (code === 0 ? tar.end() : fail(problem || `exit code ${code}`)));
  tar.on('close', () => child.kill());
  return tar;
}
