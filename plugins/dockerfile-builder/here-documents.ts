/** Which lines of a Dockerfile are the content of here-documents. Pure. */
import { type Copy, DockerfileParser, type Run } from 'dockerfile-ast';

/** @returns whether a line, counted from 1, belongs to one */
export function hereDocumentLines(dockerfile: string): (line: number) => boolean {
  const text = dockerfile.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const ranges = DockerfileParser.parse(text)
    .getInstructions()
    .filter((one): one is Copy | Run => 'getHeredocs' in one)
    .flatMap((one) => one.getHeredocs())
    .flatMap((one) => one.getContentRange() ?? []);
  return (line) => ranges.some(({ start, end }) => start.line < line && line - 1 <= end.line);
}
