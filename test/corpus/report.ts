/** Runs every case of a corpus and tells how it went. */
import { type Case, readCases } from './case.ts';
import { compare, type Difference } from './compare.ts';
import { ourMeaning } from './ours.ts';
import { everywhere, reasons, type Why } from './reasons.ts';

export interface Verdict {
  readonly id: string;
  readonly verdict: 'same' | 'different on purpose' | 'different';
  readonly differences: readonly Difference[];
}

export function runCorpus(text: string): Promise<Verdict[]> {
  return Promise.all(readCases(text).map(verdictOf));
}

async function verdictOf(one: Case): Promise<Verdict> {
  const differences = compare(one, await ourMeaning(one));
  const wanted = differences.every(({ why }) => why !== undefined);
  const verdict = differences.length === 0 ? 'same' : wanted ? 'different on purpose' : 'different';
  return { id: one.id, verdict, differences };
}

/** A line for each case, what every reason means, and the summary. Pure. */
export function reportLines(verdicts: readonly Verdict[]): string[] {
  const used = new Map<Why, number>();
  for (const { differences } of verdicts)
    for (const why of new Set(differences.flatMap((one) => one.why ?? [])))
      used.set(why, (used.get(why) ?? 0) + 1);
  const count = (verdict: Verdict['verdict']) => verdicts.filter((one) => one.verdict === verdict).length;
  const plain = verdicts.filter(({ differences }) =>
    differences.every(({ why }) => why !== undefined && everywhere.includes(why)),
  );
  return [
    ...verdicts.flatMap(caseLines),
    '',
    ...[...used].map(([why, cases]) => `${why} (${cases}): ${reasons[why]}`),
    '',
    `In ${plain.length} cases nothing differs but: ${everywhere.join(', ')}.`,
    `${verdicts.length} cases, ${count('same')} same, ${count('different on purpose')} different on purpose, ${count('different')} different`,
  ];
}

function caseLines({ id, verdict, differences }: Verdict): string[] {
  const whys = [...new Set(differences.flatMap(({ why }) => why ?? []))];
  const unwanted = differences.filter(({ why }) => why === undefined);
  return [
    `${id}: ${verdict}${whys.length > 0 ? ` (${whys.join('; ')})` : ''}`,
    ...unwanted.map(
      ({ field, theirs, ours }) =>
        `  ${field}: theirs ${JSON.stringify(theirs)}, ours ${JSON.stringify(ours)}`,
    ),
  ];
}
