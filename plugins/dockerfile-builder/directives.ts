/** Parser directives at the head of a Dockerfile: `# syntax=…`, `# escape=…`. Pure. */

const directive = /^#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*?)\s*$/;

interface Head {
  readonly lines: readonly string[];
  /** How many lines at the top are directives. */
  readonly length: number;
}

/** The front end that a Dockerfile asks for: `docker/dockerfile:1`; undefined where it asks for none. */
export function syntaxOf(dockerfile: string): string | undefined {
  const { lines, length } = headOf(dockerfile);
  return lines
    .slice(0, length)
    .filter(isSyntax)
    .map((line) => directive.exec(line)?.[2])[0];
}

/** The Dockerfile for the built-in front end. Other directives stay on top; no instruction changes its line number. */
export function withoutSyntax(dockerfile: string): string {
  const { lines, length } = headOf(dockerfile);
  const head = lines.slice(0, length);
  const kept = head.filter((line) => !isSyntax(line));
  const blanks = head.filter(isSyntax).map(() => '#');
  return [...kept, ...blanks, ...lines.slice(length)].join('\n');
}

function headOf(dockerfile: string): Head {
  const lines = dockerfile.replace(/^\uFEFF/, '').split('\n');
  const end = lines.findIndex((line) => !directive.test(line));
  return { lines, length: end < 0 ? lines.length : end };
}

function isSyntax(line: string): boolean {
  return directive.exec(line)?.[1]?.toLowerCase() === 'syntax';
}
