/** What does not fit into one transaction of a store. */
import type { StoreOperation } from './roles.ts';

/** Every store takes as many operations and bytes at once. */
const mostAtOnce = { operations: 50, bytes: 300_000 };

/** In their order, each as much as a store takes at once. Pure. */
export function batches(operations: readonly StoreOperation[]): StoreOperation[][] {
  const all: StoreOperation[][] = [];
  let bytes = 0;
  for (const operation of operations) {
    const size = operation.kind === 'set' ? Buffer.byteLength(operation.value) : 0;
    const last = all.at(-1);
    const fits = last && last.length < mostAtOnce.operations && bytes + size <= mostAtOnce.bytes;
    if (fits) last.push(operation);
    else all.push([operation]);
    bytes = fits ? bytes + size : size;
  }
  return all;
}
