/** What a sequence of looks at a new instance comes to. Pure: time is told, not measured. */
import type { CheckOptions } from '../release.ts';
import type { InstanceState } from '../roles.ts';
import type { Check } from './choose.ts';

/** What one question brought. */
export interface Answer {
  /**
   * `good`: as it should be; `wrong`: it answers, and not as it should; `none`: not yet; `impossible`: this can never be
   * answered.
   */
  readonly is: 'good' | 'wrong' | 'none' | 'impossible';
  /** What came back, for people: `answered 500`. */
  readonly text: string;
  /** What was written along with it, line by line. */
  readonly lines?: readonly string[];
}

/** One look: the question first, then the state, so that an answer of a process that is gone counts for nothing. */
export interface Look {
  /** Milliseconds since the first look. */
  readonly atMs: number;
  /** Undefined where nothing is asked. */
  readonly answer: Answer | undefined;
  /** Undefined where the instance is gone. */
  readonly state: InstanceState | undefined;
}

/** What is remembered from one look to the next. */
export interface Progress {
  /** The good answer that another one has to follow. */
  readonly first?: { readonly atMs: number; readonly process: string };
  /** Wrong answers in a row. */
  readonly wrong: number;
}

export type Verdict =
  | { readonly is: 'proven' }
  /** Ask once more after this time. */
  | { readonly is: 'again'; readonly waitMs: number }
  /** It ended before it had proven itself. */
  | { readonly is: 'dead' }
  /** No answer in time. */
  | { readonly is: 'silent' }
  /** Wrong ones, too often or until the time was over. */
  | { readonly is: 'wrong' }
  | { readonly is: 'impossible' };

export interface Judged {
  readonly progress: Progress;
  readonly verdict: Verdict;
}

export const atFirst: Progress = { wrong: 0 };

/** What dies of its first answer is gone by then, and every deploy waits for it. */
const secondAnswerAfterMs = 25;
const stayUpMs = 5_000;
const pauseMs = { early: 50, late: 250, earlyForMs: 3_000, command: 1_000 } as const;

/**
 * Two good answers of one process, 25 ms apart, prove an instance. A good answer is always followed by one more
 * question, also where the time is over by then.
 */
export function judge(
  check: Check,
  options: Pick<CheckOptions, 'timeoutSeconds' | 'intervalSeconds' | 'retries'>,
  before: Progress,
  look: Look,
): Judged {
  const { atMs, answer, state } = look;
  const { retries = Number.POSITIVE_INFINITY, timeoutSeconds } = options;
  const progress = progressOf(before, look);
  const so = (verdict: Verdict): Judged => ({ progress, verdict });
  if (check.kind === 'up') return so(judgeUp(check.mayEnd, look));
  if (!state?.running) return so({ is: 'dead' });
  if (answer?.is === 'impossible') return so({ is: 'impossible' });
  const { first } = progress;
  if (first && atMs - first.atMs >= secondAnswerAfterMs) return so({ is: 'proven' });
  if (first) return so({ is: 'again', waitMs: secondAnswerAfterMs });
  if (progress.wrong > retries) return so({ is: 'wrong' });
  const leftMs = timeoutSeconds * 1000 - atMs;
  if (leftMs <= 0) return so({ is: answer?.is === 'wrong' ? 'wrong' : 'silent' });
  return so({ is: 'again', waitMs: Math.min(leftMs, pauseOf(check, options, atMs)) });
}

function progressOf({ first, wrong }: Progress, { atMs, answer, state }: Look): Progress {
  if (answer?.is !== 'good' || !state?.running) return { wrong: answer?.is === 'wrong' ? wrong + 1 : 0 };
  const process = processOf(state);
  return { first: first?.process === process ? first : { atMs, process }, wrong: 0 };
}

/** Nothing is asked: it stays up for a while, whatever the site's own limit, or has done its work. */
function judgeUp(mayEnd: boolean, { atMs, state }: Look): Verdict {
  if (mayEnd && state?.running === false && state.exitCode === 0) return { is: 'proven' };
  if (!state?.running) return { is: 'dead' };
  return atMs >= stayUpMs ? { is: 'proven' } : { is: 'again', waitMs: pauseMs.late };
}

function pauseOf(
  { kind }: Check,
  { intervalSeconds }: Pick<CheckOptions, 'intervalSeconds'>,
  atMs: number,
): number {
  if (intervalSeconds !== undefined) return intervalSeconds * 1000;
  if (kind === 'command') return pauseMs.command;
  return atMs < pauseMs.earlyForMs ? pauseMs.early : pauseMs.late;
}

function processOf({ startedAt, restarts }: InstanceState): string {
  return `${startedAt}#${restarts}`;
}
