/** Paths within what is deployed. Pure. */
import { errors } from '../errors.ts';

/** The most that `read` gives: what is read is small text, a Dockerfile or a site file. */
export const maxReadBytes = 1024 * 1024;

/** The segments of a path below the top: `./a//b` is a, b. Throws E_SOURCE_PATH where it leads out. */
export function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (path.startsWith('/') || path.includes('\0') || segments.includes('..'))
    throw errors.E_SOURCE_PATH({ path });
  return segments;
}
