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

/**
 * Errors of oclif's parser and help become expected ones with exit code 2, and an argument that a command itself refused
 * gets its usage; every other error stays as it is.
 */
export function expectedError(error: unknown, command?: CommandLike): unknown {
  const usage = command && `${usageLine(command)}   (--help tells more)`;
  if (isOctohostError(error)) return ofOurs(error, usage);
  if (!isOclifError(error)) return error;
  const [problem = '', ...more] = messageLines(error).filter((line) => !isIdleNote(line, error));
  const meant = command && meantFlag(problem, command);
  const lines = meant ? [...more, `Did you mean ${meant}?`] : more;
  return errors.E_ARGUMENTS(
    { problem: sentence(problem), lines, ...(usage ? { usage } : {}) },
    { cause: error },
  );
}

/** oclif says in front of whatever was thrown which flag it is about, and asks for help behind it. */
const ofFlag = /^Parsing (--\S+) \n\t/;
const askForHelp = 'See more help with --help';

function messageLines({ message }: Error): string[] {
  const lines = message.replace(ofFlag, '$1: ').split('\n');
  return lines.filter((line) => line !== '' && line !== askForHelp).map((line) => line.trim());
}

/** An error of ours; an argument that was refused gets the usage. */
function ofOurs(error: OctohostError, usage: string | undefined): OctohostError {
  const { code, hint, details, exit, step, site } = error;
  const isBare = code === 'E_ARGUMENTS' && hint === noUsage && usage !== undefined;
  if (!isBare && !ofFlag.test(error.message)) return error;
  const text = { message: messageLines(error).join(' '), details, exit };
  const place = { ...(step ? { step } : {}), ...(site ? { site } : {}) };
  return new OctohostError(code, { ...text, hint: isBare ? usage : hint }, place);
}

const noUsage = errors.E_ARGUMENTS({ problem: '' }).hint;

/** oclif explains flags that take several values, also where none was given. */
function isIdleNote(line: string, error: Error): boolean {
  const { parse } = error as { parse?: { readonly output?: { readonly flags?: object } } };
  const given = Object.keys(parse?.output?.flags ?? {});
  const isNote = /^Note: .* allows? multiple values\.|^Alternatively, you can use "--"/.test(line);
  return isNote && !given.some((name) => error.message.includes(`--${name} allows multiple`));
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
