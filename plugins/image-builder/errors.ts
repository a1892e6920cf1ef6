/** What can go wrong with a ready image. */
import { defineErrors, exitCodes } from '../../core/index.ts';

export const errors = defineErrors({
  E_IMAGE_REFERENCE: (f: { reference: string }) => ({
    message: `${JSON.stringify(f.reference.slice(0, 200))} is not the name of an image.`,
    hint: 'Write it as docker pull takes it: registry.example.com/team/app:1.2, or an id sha256:… of a local image.',
    exit: exitCodes.usage,
  }),
  E_IMAGE_MISSING: (f: { reference: string; words: string }) => ({
    message: `The image ${f.reference} is neither here nor can it be pulled: ${f.words}`,
    hint: `Check its name with: docker pull ${f.reference}`,
  }),
});
