/** What the doctor found, in words. Pure. */
import type { CheckResult } from '../../core/index.ts';
import type { Style } from './style.ts';
import { cleanLine } from './text.ts';

const width = 'warning'.length;

/** A line for each; of what is not as it should be, two more: why it matters, and what mends it. */
export function checkLines(
  checks: readonly CheckResult[],
  { style, quiet = false }: { readonly style: Style; readonly quiet?: boolean },
): string[] {
  const shown = quiet ? checks.filter(({ state }) => state !== 'ok') : checks;
  return shown.flatMap(({ plugin, check, site, state, message, why, hint }) => {
    const paint = { ok: style.green, warning: style.yellow, failed: style.red }[state];
    const more = state === 'ok' ? [] : [why, hint === undefined ? undefined : `Try this: ${hint}`];
    const indented = more.flatMap((line) =>
      line === undefined ? [] : [`${' '.repeat(width)}  ${style.dim(cleanLine(line))}`],
    );
    return [`${paint(state.padEnd(width))}  ${site ?? plugin} ${check}: ${cleanLine(message)}`, ...indented];
  });
}

/** `All is as it should be.`, or how much is not. */
export function checkSummary(checks: readonly CheckResult[]): string {
  const count = (state: CheckResult['state']) => checks.filter((one) => one.state === state).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  if (failed + warnings === 0) return 'All is as it should be.';
  return `${failed} failed, ${warnings} warnings, ${count('ok')} ok.`;
}
