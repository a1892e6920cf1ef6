/** The options of embeddedStore, checked when the plugin is made. */
import * as z from 'zod/mini';
import { optionProblems } from '../../core/index.ts';
import { errors } from './errors.ts';

export interface EmbeddedStoreOptions {
  /** The database file, on a local disk; a relative one is below `dataDir`. @default 'store.sqlite' */
  file?: string;
}

const schema = z.strictObject({
  file: z._default(
    z.string().check(
      z.minLength(1),
      z.refine((path) => !path.includes('\0'), 'has a NUL character'),
    ),
    'store.sqlite',
  ),
});

/** Throws E_STORE_OPTIONS with all problems at once. */
export function checkOptions(options: EmbeddedStoreOptions): z.infer<typeof schema> {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw errors.E_STORE_OPTIONS({ problems: optionProblems(parsed.error) });
  return parsed.data;
}
