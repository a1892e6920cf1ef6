/** What the engine said about a failed build, as an error that says whose fault it is. Pure. */
import type { OctohostError } from '../../core/index.ts';
import { errors } from './errors.ts';

export interface BuildFailure {
  readonly site: string;
  /** Path of the Dockerfile, and its text. */
  readonly file: string;
  readonly text: string;
  readonly words: string;
  readonly lines: readonly string[];
}

/** BuildKit's and the classic builder's words for a Dockerfile that they cannot read. */
const unreadable =
  /dockerfile parse error(?: on)? line (\d+): (.*)|(Unknown (?:instruction|flag).*|file with no instructions|the Dockerfile.* cannot be empty|no build stage in current context|No build stage in current context)/is;

export function buildError(failure: BuildFailure): OctohostError {
  const words = failure.words.replace(/^(failed to (solve|create LLB definition)[^:]*: )+/, '').trim();
  const match = unreadable.exec(words);
  if (!match) return errors.E_BUILD_FAILED({ site: failure.site, words, lines: failure.lines });
  const line = match[1] === undefined ? undefined : Number(match[1]);
  const text = line === undefined ? undefined : failure.text.split('\n')[line - 1]?.trim();
  const said = match[2] ?? match[3] ?? words;
  return errors.E_DOCKERFILE({ file: failure.file, line, text, words: said });
}
