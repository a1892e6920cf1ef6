/** What can go wrong with the catalog. */
import { defineErrors } from '../../core/index.ts';

export const errors = defineErrors({
  E_CATALOG_RECORD: (f: { key: string; problem: string }) => ({
    message: `The catalog entry ${f.key} cannot be read: ${f.problem}.`,
    hint: 'Delete this key from the store (or restore a backup), then run octo converge: it is written again.',
  }),
});
