/** The engine's words about a registry, without the password. */
import { engineWords } from '../shared/docker-errors.ts';
import type { Credentials } from './password.ts';

/** Neither the request nor its header is in it. */
export function registryWords(cause: unknown, { password }: Credentials): string {
  const words = engineWords(cause);
  return password ? words.replaceAll(password, '***') : words;
}
