/** Keeps secrets out of what is shown: an application may print its own environment when it fails. Pure. */
import { isOctohostError } from './errors.ts';

const secretName = /SECRET|TOKEN|PASS|KEY|CREDENTIAL|PRIVATE|AUTH|DSN|URL|URI/i;
const shortest = 6;
/** Of a value that was marked as secret: a shorter one may be a word of any text. */
export const shortestHidden = 8;

/** Values worth hiding: those with a telling name, long enough not to be a word of ordinary text. Longest first. */
export function secretsOf(environment: Readonly<Record<string, string>>): string[] {
  const values = Object.entries(environment).flatMap(([name, value]) => [
    ...passwordOf(value),
    ...(secretName.test(name) ? shapesOf(value) : []),
  ]);
  return worthHiding(values, shortest);
}

/** Output comes line by line: so does a key in PEM form. And what is told as JSON has its quotes and line breaks escaped. */
function shapesOf(value: string): string[] {
  return [value, ...value.split(/\r?\n/), JSON.stringify(value).slice(1, -1)];
}

function worthHiding(values: readonly string[], least: number): string[] {
  const long = values.filter((value) => value.trim().length >= least);
  return [...new Set(long)].toSorted((a, b) => b.length - a.length);
}

/** The password inside an address such as `postgres://user:password@host/db`. */
function passwordOf(value: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*:([^@/\s]+)@/i.exec(value)?.[1];
  return password === undefined ? [] : [password];
}

/** The text with every secret replaced. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '[hidden]'), text);
}

/** Hides the secrets that it was told of. */
export interface Redactor {
  /** From now on this value, each of its lines, and the password of an address are hidden, where they are long enough. */
  hide(value: string): void;
  redact(text: string): string;
  /** Hides them in the texts of an error, of its causes and of what it holds; returns the same error, or the text that was thrown. */
  redactError<Thrown>(error: Thrown): Thrown;
}

export function createRedactor(): Redactor {
  const known = new Set<string>();
  let secrets: readonly string[] = [];
  const shown = (text: string) => redact(text, secrets);
  return {
    hide(value) {
      if (known.has(value)) return;
      known.add(value);
      secrets = worthHiding([...secrets, ...shapesOf(value), ...passwordOf(value)], shortestHidden);
    },
    redact: shown,
    redactError(error) {
      if (typeof error === 'string') return shown(error) as typeof error;
      if (secrets.length > 0) redactThrown(error, shown);
      return error;
    },
  };
}

type Texts = { -readonly [Key in 'message' | 'stack' | 'hint' | 'details' | 'cause']?: unknown };

/** In place: an error is told by what it is as much as by what it says. */
function redactThrown(thrown: unknown, shown: (text: string) => string, seen = new Set<unknown>()): void {
  if (!(thrown instanceof Error || isOctohostError(thrown)) || seen.has(thrown)) return;
  seen.add(thrown);
  const error = thrown as Texts;
  for (const key of ['message', 'stack', 'hint'] as const) {
    const text = error[key];
    if (typeof text === 'string' && shown(text) !== text) error[key] = shown(text);
  }
  if (Array.isArray(error.details))
    error.details = error.details.map((line: unknown) => (typeof line === 'string' ? shown(line) : line));
  if (typeof error.cause === 'string') error.cause = shown(error.cause);
  redactThrown(error.cause, shown, seen);
  if (thrown instanceof AggregateError) for (const one of thrown.errors) redactThrown(one, shown, seen);
}
