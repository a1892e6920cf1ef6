/** What can go wrong between a tree and its image. */
import { defineErrors } from '../../core/index.ts';

export const errors = defineErrors({
  E_BUILD_FAILED: (f: { site: string; words: string; lines: readonly string[] }) => ({
    message: `The build of ${f.site} failed: ${f.words}`,
    hint: 'Correct the step that failed (its last lines are above), commit and push again. docker build . shows the same on your machine.',
    details: f.lines,
  }),
  E_DOCKERFILE: (f: {
    file: string;
    line?: number | undefined;
    text?: string | undefined;
    words: string;
  }) => ({
    message: `The ${f.file} cannot be used${f.line === undefined ? '' : ` (line ${f.line})`}: ${f.words}`,
    hint: `Correct the ${f.file}, commit and push again.`,
    details: f.text === undefined ? [] : [`${f.line}: ${f.text}`],
  }),
  E_DOCKERIGNORE: (f: { file: string; line?: number; problem: string }) => ({
    message: `The ${f.file} cannot be used${f.line === undefined ? '' : ` (line ${f.line})`}: ${f.problem}.`,
    hint: `Name folders in the ${f.file} instead of what is in them, commit and push again.`,
  }),
  E_DOCKERFILE_OPTIONS: (f: { file: string; lines: readonly string[] }) => ({
    message: `The ${f.file} asks for run options that cannot be understood.`,
    hint: `Correct the lines above in the ${f.file}, commit and push again.`,
    details: f.lines,
  }),
  E_BUILD_CONTEXT: (f: { path: string }) => ({
    message: `What was pushed has an entry outside of its own folder: ${JSON.stringify(f.path)}.`,
    hint: 'Make the archive again, with paths relative to its top.',
  }),
  E_IMAGES_PACK: (f: { words: string }) => ({
    message: `The images cannot be taken out of the engine: ${f.words}`,
    hint: 'See them with docker images; without images, a site is deployed anew where it is restored.',
  }),
  E_IMAGES_UNPACK: (f: { words: string }) => ({
    message: `The images that came in cannot be used: ${f.words}`,
    hint: 'Take a backup made with octo backup --images, or one without images.',
  }),
});
