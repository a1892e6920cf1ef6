/** The role store on one file: opened at the first use, every error in octohost's words. */
import type { Store } from '../../core/index.ts';
import { isOctohostError } from '../../core/index.ts';
import { checkKey, checkOperations, checkPrefix } from '../shared/store-limits.ts';
import { createDatabase, type Database } from './database.ts';
import { errors } from './errors.ts';
import { openFile } from './open.ts';
import { watchPrefix } from './watch.ts';

/** @param file absolute path */
export function createEmbeddedStore(file: string): Store {
  let opened: Promise<Database> | undefined;
  let closed = false;
  const open = async () => {
    if (closed) throw errors.E_STORE_CLOSED({ file });
    opened ??= openFile(file).then(createDatabase);
    try {
      return await opened;
    } catch (error) {
      // The next call tries again: the cause may be repaired by then.
      opened = undefined;
      throw explain(file, error);
    }
  };
  const use = async <Result>(work: (database: Database) => Result): Promise<Result> => {
    const database = await open();
    if (!database.isOpen()) throw errors.E_STORE_CLOSED({ file });
    try {
      return work(database);
    } catch (error) {
      throw explain(file, error);
    }
  };
  return {
    async get(key) {
      checkKey(key);
      return use((database) => database.get(key));
    },
    async getMany(keys) {
      for (const key of keys) checkKey(key);
      return use((database) => keys.flatMap((key) => database.get(key) ?? []));
    },
    async list(prefix) {
      checkPrefix(prefix);
      return use((database) => database.list(prefix));
    },
    // Only octohost writes there, and only text.
    unusable: async () => [],
    async transact(operations) {
      checkOperations(operations);
      return use((database) => database.transact(operations));
    },
    watch: (prefix, signal) => watchPrefix(open(), prefix, signal),
    async close() {
      closed = true;
      const database = await opened?.catch(() => undefined);
      if (database?.isOpen()) database.close();
    },
  };
}

function explain(file: string, cause: unknown): unknown {
  return isOctohostError(cause) ? cause : errors.E_STORE_FAILED({ file, cause }, { cause });
}
