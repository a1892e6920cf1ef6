/** How an error looks to people and to machines, and the exit code it gives. Pure. */
import { exitCodes, isOctohostError, type OctohostError } from '../../core/index.ts';
import { plain, type Style } from './style.ts';
import { cleanLine } from './text.ts';

/** What `--json` prints of an error. Facts that are not known are left out. */
export interface FailureFacts {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: readonly string[];
  readonly step?: string;
  readonly site?: string;
  readonly plugin?: string;
}

/**
 * Lines for people: what was tried and what came back, its details, where it happened, what to do next. Of what is not
 * permitted, one line and no more.
 */
export function failureLines(error: unknown, style: Style = plain): string[] {
  if (!isOctohostError(error)) return bugLines(error, style);
  const place = placeOf(error);
  if (error.exit === exitCodes.noPermission) return [`octohost: ${cleanLine(firstLine(error.message))}`];
  return [
    `${style.red('Error:')} ${cleanLine(firstLine(error.message))}`,
    ...error.details.map((line) => `    ${cleanLine(line)}`.trimEnd()),
    style.dim([error.code, ...place].join(' · ')),
    `${style.bold('Try this:')} ${cleanLine(error.hint)}`,
  ];
}

export function failureFacts(error: unknown): FailureFacts {
  if (!isOctohostError(error))
    return { code: 'E_BUG', message: textOf(error), hint: bugHint, details: stackOf(error) };
  const { code, message, hint, details, step, site, plugin } = error;
  return {
    code,
    message,
    hint,
    details,
    ...(step ? { step } : {}),
    ...(site ? { site } : {}),
    ...(plugin ? { plugin } : {}),
  };
}

export function exitCodeOf(error: unknown): number {
  return isOctohostError(error) ? error.exit : exitCodes.bug;
}

const bugHint = 'This is a bug in octohost: please report it with the lines above.';

function bugLines(error: unknown, style: Style): string[] {
  return [`${style.red('Error:')} ${textOf(error)}`, ...stackOf(error).map((line) => `    ${line}`), bugHint];
}

function placeOf({ step, site, plugin }: OctohostError): string[] {
  return [
    ...(step ? [`step ${step}`] : []),
    ...(site ? [`site ${site}`] : []),
    ...(plugin ? [`plugin ${plugin}`] : []),
  ];
}

const firstLine = (text: string) => text.trim().replaceAll(/\s*\n\s*/g, ' · ');

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function stackOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
}
