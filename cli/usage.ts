/** What oclif says about wrong arguments, as an error of ours. Pure. */
import { isOctohostError, nearest, OctohostError } from '../core/index.ts';
import { errors } from './errors.ts';

interface ArgumentLike {
  readonly required?: boolean;
  readonly multiple?: boolean;
}

/** What is needed of a command to write its usage line. */
export interface CommandLike {
  readonly id: string;
  readonly args: Readonly<Record<string, ArgumentLike>>;
  readonly usage?: string | string[] | undefined;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly baseFlags?: Readonly<Record<string, unknown>>;
}

/** `octo scale SITE COUNT`. */
export function usageLine({ id, args, usage }: CommandLike): string {
  const own = Array.isArray(usage) ? usage[0] : usage;
  if (own) return `octo ${own}`;
  const words = Object.entries(args).map(([name, { required, multiple }]) => {
    const word = `${name.toUpperCase()}${multiple ? '…' : ''}`;
    return required ? word : `[${word}]`;
  });
  return ['octo', id, ...words].join(' ');
}

/** Errors of oclif's parser and help become expected ones with exit code 2; every other error stays as it is. */
export function expectedError(error: unknown, command?: CommandLike): unknown {
  if (isOctohostError(error) || !isOclifError(error)) return error;
  const [problem = '', ...more] = error.message
    .split('\n')
    .filter((line) => line !== '' && line !== 'See more help with --help')
    .map((line) => line.trim());
  const usage = command ? { usage: `${usageLine(command)}   (--help tells more)` } : {};
  const meant = command && meantFlag(problem, command);
  const lines = meant ? [...more, `Did you mean ${meant}?`] : more;
  return errors.E_ARGUMENTS({ problem: sentence(problem), lines, ...usage }, { cause: error });
}

/** The flag of the command that somebody may have meant who typed one that it has not. */
function meantFlag(problem: string, { flags = {}, baseFlags = {} }: CommandLike): string | undefined {
  const typed = /^Nonexistent flag: --([a-z0-9-]+)/i.exec(problem)?.[1];
  const known = [...Object.keys({ ...baseFlags, ...flags }), 'json', 'help'];
  const meant = typed === undefined ? undefined : nearest(typed, known);
  return meant && `--${meant}`;
}

/** The same error with the site that may have been meant as what to try. */
export function siteMeant(
  { code, message, hint, exit, step, site }: OctohostError,
  meant: string,
): OctohostError {
  const place = { ...(step ? { step } : {}), ...(site ? { site } : {}) };
  return new OctohostError(code, { message, hint: `Did you mean ${meant}? ${hint}`, exit }, place);
}

function sentence(text: string): string {
  return /[.:!?]$/.test(text) ? text : `${text}.`;
}

function isOclifError(error: unknown): error is Error {
  return error instanceof Error && 'oclif' in error;
}
