/** What is printed of a scenario. Pure. */
import type { Outcome } from './scenario-run.ts';
import { brokenBounds, kinds } from './tally.ts';

/** Everything that is wrong with it. */
export function faultsOf({ summary, reloaded, problems, scenario }: Outcome): string[] {
  const bounds = brokenBounds(summary, reloaded);
  const meant = reloaded && !scenario.reload;
  const reasons = bounds.length > 0 ? summary.reasons.map((reason) => `  ${reason}`) : [];
  return [
    ...problems,
    ...bounds,
    ...reasons,
    ...(meant ? ['nginx was reloaded; with its Lua module it need not be (npm run setup)'] : []),
  ];
}

export function reportLines(outcome: Outcome): string[] {
  const { scenario, deploys, summary, reloaded } = outcome;
  const faults = faultsOf(outcome);
  const each = kinds.map((kind) => {
    const { requests, lost } = summary.byKind[kind];
    return `${kind} ${requests}${lost > 0 ? ` (${lost} failed)` : ''}`;
  });
  const early = deploys < scenario.deploys ? ` of ${scenario.deploys}, for its time was up` : '';

  return [
    `${faults.length === 0 ? 'ok' : 'NOT OK'}  ${scenario.name}`,
    `    deploys ${deploys}${early}, ${scenario.broken ? 'each has to fail' : reloaded ? 'nginx reloaded' : 'no reload'}`,
    `    requests ${summary.requests}: ${each.join(', ')}`,
    `    failures without retry ${summary.lost}, with retry ${summary.lostWithRetry}; longest gap ${Math.round(summary.longestGap)} ms`,
    ...faults.map((line) => `    ${line}`),
  ];
}
