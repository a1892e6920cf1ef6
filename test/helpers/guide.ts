/** A guide as something that can be typed: its commands, and what they have to show. Pure. */

/** A block of commands, with the blocks of text behind it. */
export interface GuideStep {
  readonly typed: string;
  /** True where the guide says that it is refused: "sh fails". */
  readonly fails: boolean;
  /** Lines that the output has in this order, others between them; `…` stands for anything within a line. */
  readonly shows: readonly string[];
}

export function guideSteps(markdown: string): GuideStep[] {
  const steps: { typed: string; fails: boolean; shows: string[] }[] = [];
  for (const [, kind, fails, block = ''] of markdown.matchAll(/```(sh|text)( fails)?\n([\s\S]*?)```/g)) {
    if (kind === 'sh') steps.push({ typed: block, fails: fails !== undefined, shows: [] });
    else steps.at(-1)?.shows.push(...block.split('\n').filter((line) => line !== ''));
  }
  return steps;
}

/** The first line that the output does not have where it should; undefined where it has all. */
export function missingIn(output: string, shows: readonly string[]): string | undefined {
  let lines = output.split('\n');
  for (const shown of shows) {
    const parts = shown.split('…').map((part) => part.trim());
    const at = lines.findIndex((line) => contains(line, parts));
    if (at === -1) return shown;
    lines = lines.slice(at + 1);
  }
  return undefined;
}

function contains(line: string, parts: readonly string[]): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = line.indexOf(part, from);
    from = at + part.length;
    return at !== -1;
  });
}
