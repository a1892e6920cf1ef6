/** Whether a new instance works, asked of the instance itself before it gets any traffic. */
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import { redact } from './redaction.ts';
import type { CheckOptions, Instance, PortBinding } from './release.ts';
import type { InstanceState, Runtime } from './roles.ts';
import type { Clock } from './world.ts';

/** What one HTTP probe brought back. */
export type Probe =
  | { readonly answered: true; readonly status: number }
  | { readonly answered: false; readonly why: string };

export interface CheckRequest {
  readonly instance: Instance;
  /** The binding of the routed port; undefined for a site without HTTP, which only has to stay up. */
  readonly http: PortBinding | undefined;
  readonly options: CheckOptions;
  readonly runtime: Runtime;
  /** Values that must not be shown, even if the instance prints them. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

// An import statement of node:http would load the whole of fetch and WebSocket with it: 15 ms of every command.
const { request } = process.getBuiltinModule('node:http');

const secondAnswerAfterMs = 100;
const askAgainMs = { early: 50, late: 250, earlyForMs: 3_000 } as const;
const probeTimeoutMs = 10_000;
const stayUpMs = 5_000;
const lastLogLines = 20;

/**
 * Returns when the instance has proven itself: two HTTP answers, 100 ms apart, from the same process; or, without
 * HTTP, five seconds of staying up or an end with 0. Throws with the transcript and the instance's last lines.
 */
export async function proveInstance(check: CheckRequest): Promise<void> {
  if (check.http) return proveHttp(check, check.http);
  return proveUp(check);
}

async function proveHttp(check: CheckRequest, binding: PortBinding): Promise<void> {
  const { clock, signal, options } = check;
  const began = clock.now();
  const deadline = began + options.timeoutSeconds * 1000;
  const transcript = createTranscript();
  let first: { at: number; process: string } | undefined;
  while (clock.now() < deadline) {
    const probe = await probeHttp(binding, Math.min(probeTimeoutMs, deadline - clock.now()), signal);
    const state = await check.runtime.inspect(check.instance);
    transcript.note(clock.now() - began, probe);
    if (!state?.running) throw await deadError(check, state, transcript.lines());
    if (!probe.answered) first = undefined;
    else if (!first || first.process !== processOf(state))
      first = { at: clock.now(), process: processOf(state) };
    else if (clock.now() - first.at >= secondAnswerAfterMs) return;
    await clock.sleep(first ? secondAnswerAfterMs : pause(clock.now() - began), signal);
  }
  throw await silentError(
    check,
    `http://${binding.hostAddress}:${binding.hostPort}/ (port ${binding.port} of the container)`,
    transcript.lines(),
  );
}

async function proveUp(check: CheckRequest): Promise<void> {
  const until = check.clock.now() + stayUpMs;
  for (;;) {
    const state = await check.runtime.inspect(check.instance);
    if (state && !state.running && state.exitCode === 0) return;
    if (!state?.running) throw await deadError(check, state, []);
    if (check.clock.now() >= until) return;
    await check.clock.sleep(askAgainMs.late, check.signal);
  }
}

/** Any HTTP answer counts, whatever its status: it shows that the application itself speaks. */
export function probeHttp(
  binding: Pick<PortBinding, 'hostAddress' | 'hostPort'>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Probe> {
  return new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)))]);
    const asked = request(
      {
        host: binding.hostAddress,
        port: binding.hostPort,
        path: '/',
        headers: { 'user-agent': 'octohost-check', connection: 'close' },
        agent: false,
        signal: limit,
      },
      (response) => {
        response.destroy();
        resolve({ answered: true, status: response.statusCode ?? 0 });
      },
    );
    asked.on('error', (error) =>
      resolve({
        answered: false,
        why: limit.aborted ? `no answer within ${Math.ceil(timeoutMs)} ms` : messageOf(error),
      }),
    );
    asked.end();
  });
}

function pause(elapsedMs: number): number {
  return elapsedMs < askAgainMs.earlyForMs ? askAgainMs.early : askAgainMs.late;
}

function processOf(state: InstanceState): string {
  return `${state.startedAt}#${state.restarts}`;
}

/** The probes in the order of their first time, equal ones told once with their count. */
export function createTranscript() {
  const entries: { text: string; firstMs: number; count: number }[] = [];
  return {
    note(atMs: number, probe: Probe) {
      const text = probe.answered ? `answered ${probe.status}` : probe.why;
      const same = entries.find((entry) => entry.text === text);
      if (same) same.count++;
      else entries.push({ text, firstMs: atMs, count: 1 });
    },
    lines: () =>
      entries.map(
        ({ text, firstMs, count }) =>
          `check after ${(firstMs / 1000).toFixed(1)} s: ${text}${count > 1 ? ` (${count} times)` : ''}`,
      ),
  };
}

async function deadError(
  check: CheckRequest,
  state: InstanceState | undefined,
  transcript: readonly string[],
) {
  const status =
    state === undefined
      ? 'was removed'
      : state.outOfMemory
        ? 'ran out of memory'
        : `ended with code ${state.exitCode ?? '?'}`;
  return errors.E_CHECK_DEAD({
    instance: check.instance.name,
    status,
    transcript: [...transcript, ...(await lastLines(check))],
  });
}

async function silentError(check: CheckRequest, target: string, transcript: readonly string[]) {
  const lines = [...transcript, ...(await lastLines(check))];
  return errors.E_CHECK_SILENT({
    instance: check.instance.name,
    target,
    seconds: check.options.timeoutSeconds,
    transcript: lines,
  });
}

async function lastLines(check: CheckRequest): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const { text } of check.runtime.logs(check.instance, { tail: lastLogLines }, check.signal))
      lines.push(`container: ${redact(text, check.secrets)}`);
  } catch (error) {
    lines.push(`(its log cannot be read: ${messageOf(error)})`);
  }
  return lines;
}
