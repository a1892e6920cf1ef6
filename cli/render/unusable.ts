/** What others wrote and octohost cannot use, in words. Pure. */
import type { UnusableThing } from '../../core/index.ts';
import { cleanLine } from './text.ts';

/** `octohost/app/KEY in the store is not Unicode text; it is left as it is` */
export function unusableLine({ where, name, problem }: UnusableThing): string {
  const what = where === 'store' ? `${name} in the store` : `the service ${name} in the catalog`;
  return cleanLine(`${what} ${problem}; it is left as it is`);
}
