/** Every door against inputs that mean harm: what gets through is harmless, and all else is refused and explained. */
import { expect, it } from 'vitest';
import { assault, casesOf } from './door.ts';
import { doors } from './doors/index.ts';

/** `npm run test:hostile` makes more of them. */
const runs = 150;

it.each(doors.map((door) => ({ name: door.name, door })))('$name', async ({ door }) => {
  const { refused, harmless } = await assault(door, runs);
  expect(refused + harmless).toBe(casesOf(door).length + runs);
  // A door that refuses all, or takes all, shows nothing.
  expect(refused).toBeGreaterThan(0);
  expect(harmless).toBeGreaterThan(0);
});
