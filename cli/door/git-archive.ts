/** Revisions as one tar stream. */
import { PassThrough, Readable } from 'node:stream';
import { errors } from './errors.ts';
import type { Place } from './git-objects.ts';
import { startGit } from './git-process.ts';
import { createTarCutter } from './tar-cutter.ts';

/**
 * What `git archive` makes of a revision. The attributes of the tree are heeded, as in a clone: line ends, encodings,
 * and what is left out of an export. Filters are not, because none is configured.
 * @param prefix the folder that everything lies in, with `/` at its end; empty for the top
 */
export function archive({ gitDir, revision, environment }: Place, prefix = ''): Readable {
  const words = ['--git-dir', gitDir, 'archive', '--format=tar', `--prefix=${prefix}`, revision];
  const child = startGit(words, { environment: environment ?? {}, stdio: ['ignore', 'pipe', 'pipe'] });
  // Node drains the output of a child that has ended while nobody reads it: this stream reads from the start.
  const tar = new PassThrough();
  child.stdout?.pipe(tar, { end: false });
  let problem = '';
  child.stderr?.on('data', (data: Buffer) => {
    problem += data.toString();
  });
  const fail = (cause: unknown) =>
    tar.destroy(errors.E_GIT({ what: 'archive the revision', cause }, { cause }));
  child.on('error', fail);
  child.on('close', (code) => (code === 0 ? tar.end() : fail(problem || `exit code ${code}`)));
  tar.on('close', () => child.kill());
  return tar;
}

/** Several archives as one: of each but the last, its end is left out. */
export function archives(parts: readonly { readonly place: Place; readonly prefix: string }[]): Readable {
  return Readable.from(concatenated(parts), { objectMode: false });
}

async function* concatenated(parts: readonly { place: Place; prefix: string }[]): AsyncGenerator<Buffer> {
  for (const [index, { place, prefix }] of parts.entries()) {
    const cut = index === parts.length - 1 ? (chunk: Buffer) => chunk : createTarCutter();
    for await (const chunk of archive(place, prefix)) {
      const kept = cut(chunk as Buffer);
      if (kept.length > 0) yield kept;
    }
  }
}
