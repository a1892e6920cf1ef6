/** Moves the refs of a repository, all or none, in two steps: git checks and locks first, and moves them later. */
import { rm } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { errors } from './errors.ts';
import { startGit } from './git-process.ts';
import { isNothing } from './hook-request.ts';

/** A ref, what it must be now and what it is to become; zeros: it is not there. */
export interface RefUpdate {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** Refs that git has found good and locked. They are let go when this process ends. */
export interface PreparedRefs {
  /**
   * Moves them, and sets others with them.
   * @throws E_PUSH_REFS
   */
  commit(others: readonly NewRef[]): Promise<void>;
  /** Lets them go unmoved; what is noted of them `mendRefs` takes away. Never throws. */
  release(): Promise<void>;
}

/** What a ref is to become, whatever it is now. */
export type NewRef = Pick<RefUpdate, 'ref' | 'after'>;

/** git waits so long for a lock that is there; nobody holds one longer but a process that was killed. */
const lockMilliseconds = 10_000;

/**
 * Lets git check everything that it could refuse later: names, kinds of objects, folders, what the refs are now. Where
 * they are to go is noted beside them, so that `mendRefs` finds it after a kill. Under the lease of the repository.
 * @throws E_PUSH_REFS with git's own words
 */
export async function prepareRefs(path: string, updates: readonly RefUpdate[]): Promise<PreparedRefs> {
  const notes = notesOf(updates);
  const forget = notes.map(({ ref }) => line(ref, ''));
  // First: who finds the note knows which refs a killed git may have locked.
  const noted = await converse(path, transaction(notes.map(({ ref, after }) => line(ref, after))));
  const moves = updates.map(({ ref, before, after }) => line(ref, after, before));
  const talk = await converse(path, ['start', ...moves, 'prepare'], noted).catch(async (error: unknown) => {
    const unmoved = updates.map(({ ref, before }) => unchanged(ref, before));
    await transactOver(path, forget, unmoved).catch(() => {});
    throw error;
  });
  return {
    async commit(others) {
      await talk.say(['commit']).catch(refuse);
      const rest = [...others.map(({ ref, after }) => line(ref, after)), ...forget];
      await (await converse(path, transaction(rest), talk)).end();
    },
    // A git that is gone holds nothing either.
    release: () => talk.end('abort').catch(() => {}),
  };
}

/** A ref that was to move when its process was killed: `refs/octohost/pending/0/heads/main`. */
const pending = /^refs\/octohost\/pending\/\d+\//;

/** What is noted: under which ref, of which ref, and what that was to become. Pure. */
export function pendingRefs(refs: ReadonlyMap<string, string>): (NewRef & { readonly meant: string })[] {
  return [...refs]
    .filter(([ref]) => pending.test(ref))
    .map(([ref, after]) => ({ ref, meant: ref.replace(pending, 'refs/'), after }));
}

/** Each in a folder of its own, as git cannot keep `a` beside `a/b`. */
function notesOf(updates: readonly RefUpdate[]): NewRef[] {
  const moving = updates.filter(({ after }) => !isNothing(after));
  return moving.map(({ ref, after }, index) => ({
    ref: `refs/octohost/pending/${index}/${ref.slice('refs/'.length)}`,
    after,
  }));
}

/**
 * After a kill between the pointer and the refs: the revision that runs becomes the ref's, any other is forgotten. Locks
 * that a killed git left on these refs are gone afterwards.
 * @param refs of the repository; returned as they are afterwards
 * @param releaseOf the ref that keeps the current release, if that was made of this revision of a branch
 */
export async function mendRefs(
  path: string,
  refs: ReadonlyMap<string, string>,
  releaseOf: (ref: string, revision: string) => Promise<NewRef | undefined>,
): Promise<ReadonlyMap<string, string>> {
  const mended = new Map(refs);
  const lines: string[] = [];
  const unmoved: string[] = [];
  for (const { ref, meant, after } of pendingRefs(refs)) {
    lines.push(line(ref, ''));
    mended.delete(ref);
    const release = await releaseOf(meant, after);
    if (release) {
      lines.push(line(meant, after), line(release.ref, release.after));
      mended.set(meant, after);
    } else unmoved.push(unchanged(meant, refs.get(meant)));
  }
  await transactOver(path, lines, unmoved);
  return mended;
}

/** Sets or, where empty, deletes refs, all or none. */
export async function setRefs(path: string, refs: readonly NewRef[]): Promise<void> {
  await transact(
    path,
    refs.map(({ ref, after }) => line(ref, after)),
  );
}

async function transact(path: string, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await (await converse(path, transaction(lines))).end();
}

const transaction = (lines: readonly string[]) => ['start', ...lines, 'commit'];

/**
 * The same, over refs that stay as they are and that a killed git may have locked: git wants their locks for that, so
 * what is stale goes. Where it refuses one, as `a/b` beside `a`, it never locked that either.
 */
async function transactOver(
  path: string,
  lines: readonly string[],
  unmoved: readonly string[],
): Promise<void> {
  await transact(path, [...lines, ...unmoved]).catch(() => transact(path, lines));
}

/** That a ref is what it was; zeros or nothing: not there. */
function unchanged(ref: string, value = ''): string {
  return `verify ${ref}\0${value}`;
}

/** One line of git-update-ref(1), whose fields end with NUL: an empty value is none, zeros are a ref that is not there. */
function line(ref: string, after: string, before = ''): string {
  return after === '' || isNothing(after)
    ? `delete ${ref}\0${isNothing(before) ? '' : before}`
    : `update ${ref}\0${after}\0${before}`;
}

/**
 * Says lines to a git and waits until it has done them. A lock that nobody holds any more is taken away.
 * @param open a git that has done what it was told before; left out: one that is started for these lines
 */
async function converse(path: string, lines: readonly string[], open?: Conversation): Promise<Conversation> {
  for (let talk = open ?? new Conversation(path); ; talk = new Conversation(path)) {
    try {
      await talk.say(lines);
      return talk;
    } catch (error) {
      const lock = staleLock(path, error);
      if (lock === undefined) return refuse(error);
      await rm(lock, { force: true });
    }
  }
}

function refuse(cause: unknown): never {
  throw errors.E_PUSH_REFS({ cause }, { cause });
}

/** The lock in the repository that git could not get. Pure. */
export function staleLock(path: string, error: unknown): string | undefined {
  const named = /Unable to create '([^']+\.lock)': File exists/.exec(String(error))?.[1];
  const file = named === undefined ? undefined : resolve(path, named);
  return file?.startsWith(resolve(path) + sep) ? file : undefined;
}

class Conversation {
  readonly #git;
  readonly #ended: Promise<number | null>;
  #problem = '';

  constructor(path: string) {
    const patience = ['core.filesRefLockTimeout', 'core.packedRefsTimeout'];
    const settings = Object.fromEntries(patience.map((name) => [name, String(lockMilliseconds)]));
    const words = ['--git-dir', path, 'update-ref', '--no-deref', '--stdin', '-z'];
    this.#git = startGit(words, { stdio: ['pipe', 'pipe', 'pipe'], settings });
    this.#ended = new Promise((done) => {
      this.#git.on('error', (error) => {
        this.#problem = error.message;
        done(null);
      });
      this.#git.on('close', done);
    });
    // Where git ends before it has read everything, its own words say why.
    this.#git.stdin?.on('error', () => {});
    this.#git.stderr?.on('data', (data: Buffer) => {
      this.#problem += data.toString();
    });
  }

  /** Returns when git has done the last of these lines. */
  async say(lines: readonly string[]): Promise<void> {
    const last = `${lines.at(-1)}: ok\n`;
    const answered = new Promise<boolean>((done) => {
      let answer = '';
      const hear = (data: Buffer) => {
        answer += data.toString();
        if (!answer.endsWith(last)) return;
        this.#git.stdout?.off('data', hear);
        done(true);
      };
      this.#git.stdout?.on('data', hear);
    });
    this.#git.stdin?.write(lines.map((one) => `${one}\0`).join(''));
    if (!(await Promise.race([answered, this.#ended.then(() => false)]))) throw this.#failure();
  }

  /** Says one last line, if there is one, and returns when git has ended well. */
  async end(last?: string): Promise<void> {
    this.#git.stdin?.end(last === undefined ? '' : `${last}\0`);
    if ((await this.#ended) !== 0) throw this.#failure();
  }

  #failure(): Error {
    return new Error(this.#problem.replaceAll(/^fatal: /gm, '').trim() || 'it ended without a word');
  }
}
