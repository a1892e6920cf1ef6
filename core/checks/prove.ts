/** Whether a new instance works, asked of the instance itself before it gets any traffic. */
import { errors } from '../error-catalogue.ts';
import { messageOf } from '../errors.ts';
import { howItEnded } from '../how-it-ended.ts';
import { redact } from '../redaction.ts';
import type { CheckOptions, Instance } from '../release.ts';
import type { InstanceState, Runtime } from '../roles.ts';
import type { Clock } from '../world.ts';
import type { Check } from './choose.ts';
import { atFirst, judge, type Progress, type Verdict } from './judge.ts';
import { type Question, questionOf } from './question.ts';
import { createTranscript, type Transcript } from './transcript.ts';

export interface CheckRequest {
  readonly instance: Instance;
  readonly check: Check;
  readonly options: CheckOptions;
  /** The name that the site is asked for by over HTTP; undefined: its address. */
  readonly host: string | undefined;
  readonly runtime: Runtime;
  /** Values that must not be shown, even if the instance prints them. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const lastLogLines = 20;
/** A second question gets so much time although the check's own is over. */
const leastLimitMs = 1_000;

/** Returns how the instance is once it has proven itself; throws with the transcript and the instance's last lines. */
export async function proveInstance(request: CheckRequest): Promise<InstanceState | undefined> {
  const { check, options, clock, signal } = request;
  const began = clock.now();
  const question = await questionOf(check, request);
  const transcript = createTranscript(question?.text ?? 'that it stays up');
  let progress: Progress = atFirst;
  for (;;) {
    const answer = await ask(request, question, began);
    const state = await request.runtime.inspect(request.instance);
    const atMs = clock.now() - began;
    if (answer) transcript.note(atMs, answer);
    const judged = judge(check, options, progress, { atMs, answer, state });
    progress = judged.progress;
    if (judged.verdict.is === 'proven') return state;
    if (judged.verdict.is !== 'again')
      throw await failureOf(request, { question, transcript, state, verdict: judged.verdict });
    await clock.sleep(judged.verdict.waitMs, signal);
  }
}

async function ask({ options, clock, signal }: CheckRequest, question: Question | undefined, began: number) {
  signal.throwIfAborted();
  const leftMs = began + options.timeoutSeconds * 1000 - clock.now();
  return question?.ask(Math.max(leastLimitMs, Math.ceil(leftMs)), signal);
}

interface Failure {
  readonly question: Question | undefined;
  readonly transcript: Transcript;
  readonly state: InstanceState | undefined;
  readonly verdict: Exclude<Verdict, { readonly is: 'proven' | 'again' }>;
}

async function failureOf(request: CheckRequest, { question, transcript, state, verdict }: Failure) {
  const shown = (text: string) => redact(text, request.secrets);
  const lines = [...transcript.lines(), ...(await lastLines(request))].map(shown);
  const instance = request.instance.name;
  const seconds = request.options.timeoutSeconds;
  const facts = { instance, transcript: lines };
  const asked = shown(question?.text ?? '');
  const last = shown(transcript.last());
  const listens = request.check.kind === 'http' || request.check.kind === 'tcp';
  const all = {
    dead: () => errors.E_CHECK_DEAD({ ...facts, status: howItEnded(state) }),
    silent: () => errors.E_CHECK_SILENT({ ...facts, asked, seconds, listens }),
    wrong: () => errors.E_CHECK_WRONG({ ...facts, asked, last }),
    impossible: () => errors.E_CHECK_IMPOSSIBLE({ ...facts, why: last }),
  };
  return all[verdict.is]();
}

async function lastLines({ runtime, instance, signal }: CheckRequest): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const { text } of runtime.logs(instance, { tail: lastLogLines }, signal))
      lines.push(`container: ${text}`);
  } catch (error) {
    lines.push(`(its log cannot be read: ${messageOf(error)})`);
  }
  return lines;
}
