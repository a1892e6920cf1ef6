/** The engine as doors get it: nothing that it reports or throws, and no log, has a secret in it that it has opened. */
import type { Convergence, Engine } from './engine-interface.ts';
import type { Redactor } from './redaction.ts';
import type { LogLine } from './roles.ts';
import type { State } from './state.ts';
import type { Reporter } from './world.ts';

type Method = (...values: unknown[]) => unknown;

/** What is given back is what was asked for, and stays as it is, but for the problems of a convergence. */
export function redactedEngine(engine: Engine, state: State): Engine {
  const { redactor } = state.secrets;
  const all = Object.entries(engine).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'function' ? redactedMethod(value as Method, redactor) : value,
  ]);
  return {
    ...(Object.fromEntries(all) as Engine),
    runChecks: async (signal) =>
      (await engine.runChecks(signal)).map((one) => ({ ...one, message: redactor.redact(one.message) })),
    logs: (instance, options, signal) =>
      redactedLines(engine.logs(instance, options, signal), redactor, () => openSecrets(state, instance)),
  };
}

/** Only what was opened can be hidden. What cannot be opened now, was not given to an instance now either. */
async function openSecrets(state: State, { site }: Parameters<Engine['logs']>[0]): Promise<void> {
  const releases = await state.releases(site);
  await Promise.allSettled([
    state.openedSettings(site),
    ...releases.slice(-shownReleases).map((release) => state.environment(release)),
  ]);
}

/** Instances whose logs are read belong to one of the last releases. */
const shownReleases = 3;

async function* redactedLines(
  lines: AsyncIterable<LogLine>,
  redactor: Redactor,
  openFirst: () => Promise<void>,
): AsyncIterable<LogLine> {
  await openFirst();
  for await (const line of lines) yield { ...line, text: redactor.redact(line.text) };
}

function redactedMethod(method: Method, redactor: Redactor): Method {
  return (...values) => {
    const given = values.map((value) => (reports(value) ? withRedacted(value, redactor) : value));
    try {
      const result = method(...given);
      if (!(result instanceof Promise)) return result;
      return result.then(
        (answer: unknown) => {
          for (const { error } of problemsIn(answer)) redactor.redactError(error);
          return answer;
        },
        (error: unknown) => {
          throw redactor.redactError(error);
        },
      );
    } catch (error) {
      throw redactor.redactError(error);
    }
  };
}

function problemsIn(result: unknown): readonly { readonly error?: unknown }[] {
  const { problems } = (result ?? {}) as Partial<Convergence>;
  return Array.isArray(problems) ? problems : [];
}

interface Reporting {
  readonly reporter: Reporter;
}

function reports(value: unknown): value is Reporting {
  return typeof value === 'object' && value !== null && 'reporter' in value;
}

function withRedacted<Given extends Reporting>(given: Given, redactor: Redactor): Given {
  const { reporter } = given;
  return {
    ...given,
    reporter: {
      deploy: (site, deploy) => reporter.deploy(site, deploy),
      begin: (site, step) => reporter.begin(site, step),
      end: (site, step, milliseconds) => reporter.end(site, step, milliseconds),
      output: (site, line) => reporter.output(site, redactor.redact(line)),
      warn: (site, line) => reporter.warn(site, redactor.redact(line)),
    } satisfies Reporter,
  };
}
