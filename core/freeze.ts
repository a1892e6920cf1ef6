/**
 * Freezes plain objects and arrays all the way down. Objects with a class or with methods (a tree, an error) are
 * left as they are: they belong to who made them.
 */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value;
  for (const inner of Object.values(value)) {
    if (typeof inner === 'function') return value;
    freeze(inner);
  }
  return Object.freeze(value);
}
