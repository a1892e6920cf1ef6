/** What may be stored: the same in every store, so that one can be copied to another. Pure. */
import { defineErrors, exitCodes, type StoreOperation } from '../../core/index.ts';

export const errors = defineErrors({
  E_STORE_LIMIT: (f: { problem: string }) => ({
    message: `This cannot be stored: ${f.problem}. Nothing was written.`,
    hint: 'Make the name or the value shorter, or take the forbidden character out.',
    exit: exitCodes.usage,
  }),
});

export const maxKeyBytes = 512;
export const maxValueBytes = 512 * 1024;

/** Controls, unpaired surrogates, private and unassigned characters: what nobody can see or type. */
const unprintable = /\p{C}/u;

/** Above every character that a key may have, in byte order: U+10FFFF is no character. */
const aboveAll = '\u{10FFFF}';

/** Throws E_STORE_LIMIT for the first operation that cannot be stored. */
export function checkOperations(operations: readonly StoreOperation[]): void {
  for (const operation of operations) {
    checkKey(operation.key);
    if (operation.kind === 'set') checkValue(operation.key, operation.value);
  }
}

export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes === 0) throw errors.E_STORE_LIMIT({ problem: 'a key is empty' });
  checkPrefix(key);
  if (bytes > maxKeyBytes)
    throw errors.E_STORE_LIMIT({
      problem: `the key ${key.slice(0, 60)}… has ${bytes} bytes, more than ${maxKeyBytes}`,
    });
}

export function checkPrefix(prefix: string): void {
  if (unprintable.test(prefix))
    throw errors.E_STORE_LIMIT({
      problem: `the key ${JSON.stringify(prefix.slice(0, 60))} is not printable`,
    });
}

/** The value is in no error: it may be a secret. */
function checkValue(key: string, value: string): void {
  const bytes = Buffer.byteLength(value);
  const problem =
    bytes > maxValueBytes
      ? `has ${bytes} bytes, more than ${maxValueBytes}`
      : value.includes('\0')
        ? 'contains a NUL character'
        : value.isWellFormed()
          ? undefined
          : 'is not Unicode text';
  if (problem) throw errors.E_STORE_LIMIT({ problem: `the value of ${key} ${problem}` });
}

/** The keys from `first` to before `end` are those that begin with the prefix, wildcards or not. */
export function rangeOf(prefix: string): { first: string; end: string } {
  return { first: prefix, end: prefix + aboveAll };
}
