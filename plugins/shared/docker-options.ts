/** Options that all Docker plugins have, and how theirs are checked. */
import * as z from 'zod/mini';
import { optionProblems } from '../../core/index.ts';
import { dockerErrors } from './docker-errors.ts';

/** The option `host`. */
export const hostOption = z.optional(
  z.string().check(z.regex(/^(unix:\/\/\/|tcp:\/\/)/, 'is neither unix:///path nor tcp://host:port')),
);

/** Throws E_DOCKER_OPTIONS with all problems at once. */
export function checkDockerOptions<Schema extends z.ZodMiniType>(
  plugin: string,
  schema: Schema,
  options: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(options);
  if (!parsed.success)
    throw dockerErrors.E_DOCKER_OPTIONS({ plugin, problems: optionProblems(parsed.error) });
  return parsed.data;
}
