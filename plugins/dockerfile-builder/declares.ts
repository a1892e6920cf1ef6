/** The run options that a pushed Dockerfile declares. */
import type { DeclaredOptions, Source } from '../../core/index.ts';
import { errors } from './errors.ts';
import { magicComments, mayHideComments } from './magic-comments.ts';

/** Throws E_DOCKERFILE_OPTIONS with every mistake and its line. */
export async function declaredOptions(source: Source, file: string): Promise<DeclaredOptions> {
  const text = source.kind === 'tree' ? (await source.tree.read(file))?.toString('utf8') : undefined;
  const { options, mistakes } = await readOptions(text ?? '');
  if (mistakes.length > 0)
    throw errors.E_DOCKERFILE_OPTIONS({
      file,
      lines: mistakes.map(({ line, words }) => `line ${line}: ${words}`),
    });
  return { file, ...options };
}

/** The parser costs 100 ms: it is loaded only where a comment might be no comment. */
async function readOptions(text: string) {
  if (!mayHideComments(text)) return magicComments(text, () => false);
  const { hereDocumentLines } = await import('./here-documents.ts');
  return magicComments(text, hereDocumentLines(text));
}
