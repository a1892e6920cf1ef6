/** What a service has to be when it is read back from where others can write too. Pure. */
import * as z from 'zod/mini';
import { isSiteName, optionProblems, type Service, type SiteName } from '../../core/index.ts';

const text = z.string().check(z.minLength(1));

const facts = {
  id: text,
  site: z.string().check(z.refine(isSiteName, 'is no site name')),
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().check(z.gte(1), z.lte(65_535)),
  tags: z.array(z.string()),
  check: z.optional(z.object({ http: text, interval: text })),
};

const schema = z.discriminatedUnion('kind', [
  z.object({ ...facts, kind: z.literal('instance'), instance: text, deploy: text, spec: text }),
  z.object({ ...facts, kind: z.literal('by-hand'), actor: text, since: text }),
]);

/** The service, or in words what is wrong with it. */
export function parseService(value: unknown): { readonly service: Service } | { readonly problem: string } {
  const parsed = schema.safeParse(value);
  if (!parsed.success) return { problem: optionProblems(parsed.error) };
  return { service: { ...parsed.data, site: parsed.data.site as SiteName } as Service };
}
