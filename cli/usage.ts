/** What oclif says about wrong arguments, as an error of ours. Pure. */
import { isOctohostError } from '../core/index.ts';
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
    .map((line) => line.trimEnd());
  const usage = command ? { usage: `${usageLine(command)}   (--help tells more)` } : {};
  return errors.E_ARGUMENTS({ problem: sentence(problem), lines: more, ...usage }, { cause: error });
}

function sentence(text: string): string {
  return /[.:!?]$/.test(text) ? text : `${text}.`;
}

function isOclifError(error: unknown): error is Error {
  return error instanceof Error && 'oclif' in error;
}
