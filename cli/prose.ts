/**
 * Text of a help page, written in lines: they are joined, for the terminal breaks them anew; an empty line begins a
 * paragraph.
 */
export function prose(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s*\n\s*/g, ' '))
    .join('\n\n');
}
