/** One error class, one catalogue. Every code has a message, a hint and a line in cli/README.md. */

const brand = Symbol.for('octohost.error');

/** What the shell sees. Documented in cli/README.md. */
export const exitCodes = {
  failed: 1,
  usage: 2,
  unavailable: 69,
  bug: 70,
  locked: 75,
  noPermission: 77,
  interrupted: 130,
} as const;
/** One of the codes above. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The text of one kind of error. */
export interface ErrorText {
  /** One sentence: what was tried and what came back. */
  message: string;
  /** What to type or to do next. */
  hint: string;
  /** Lines worth seeing, oldest first: a container's log, a probe's transcript, a file's line. */
  details?: readonly string[];
  /** The process exit code; 1 where it is left out. */
  exit?: ExitCode;
  /** The site that it is about, whatever was worked on. */
  site?: string;
}

/** Where an error happened; filled in by the engine as the error passes through it. */
export interface ErrorPlace {
  /** The engine step, for instance `build`. */
  step?: string;
  /** The plugin that threw. */
  plugin?: string;
  /** The hook whose tap threw. */
  hook?: string;
  /** The site that was worked on. */
  site?: string;
}

/** An error that was expected: a user, an operator or the world is the cause, not a bug. */
export class OctohostError extends Error implements ErrorPlace {
  readonly code: string;
  readonly hint: string;
  readonly details: readonly string[];
  readonly exit: ExitCode;
  step?: string;
  plugin?: string;
  hook?: string;
  site?: string;

  constructor(code: string, text: ErrorText, options: { cause?: unknown } & ErrorPlace = {}) {
    super(text.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OctohostError';
    this.code = code;
    this.hint = text.hint;
    this.details = text.details ?? [];
    this.exit = text.exit ?? exitCodes.failed;
    Object.defineProperty(this, brand, { value: true });
    if (text.site !== undefined) this.site = text.site;
    placeError(this, options);
  }
}

/** True for errors of any copy of this module: a config file may have loaded a second one. */
export function isOctohostError(error: unknown): error is OctohostError {
  return typeof error === 'object' && error !== null && brand in error;
}

/** Says where an error happened, without overwriting what is already known: the innermost place wins. */
export function placeError(error: unknown, place: ErrorPlace): void {
  if (!isOctohostError(error)) return;
  for (const key of ['step', 'plugin', 'hook', 'site'] as const) {
    const value = place[key];
    if (error[key] === undefined && value !== undefined) error[key] = value;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: each code has facts of its own
type Catalogue = Record<string, (facts: any) => ErrorText>;

/** The throwable form of a catalogue: `throw errors.E_CODE(facts, { cause })`. */
export type ErrorFactories<C extends Catalogue> = {
  [Code in keyof C]: (
    facts: Parameters<C[Code]>[0],
    options?: { cause?: unknown } & ErrorPlace,
  ) => OctohostError;
};

const defined = new Map<string, (facts: never) => OctohostError>();

/** Every code that a loaded module defines, with what makes its error: for whoever explains codes. */
export const definedErrors: ReadonlyMap<string, (facts: never) => OctohostError> = defined;

/**
 * Makes the error factories of a catalogue. A plugin defines its own codes this way, in its `errors.ts`.
 * @example
 * export const errors = defineErrors({
 *   E_DNS_REFUSED: (f: { domain: string }) => ({ message: `The DNS refused ${f.domain}.`, hint: 'Check the API key.' }),
 * });
 */
export function defineErrors<C extends Catalogue>(catalogue: C): ErrorFactories<C> {
  const factories = Object.entries(catalogue).map(([code, text]) => [
    code,
    (facts: unknown, options?: { cause?: unknown } & ErrorPlace) =>
      new OctohostError(code, text(facts), options),
  ]);
  for (const [code, factory] of factories) defined.set(code as string, factory as never);
  return Object.fromEntries(factories) as ErrorFactories<C>;
}

/** The text of any thrown value, one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replaceAll(/\s*\n\s*/g, ' · ');
}
