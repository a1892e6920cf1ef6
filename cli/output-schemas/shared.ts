/** What several commands print with `--json`. */
import * as z from 'zod/mini';

export const text = z.string();
export const texts = z.array(text);
export const time = z.iso.datetime();
export const count = z.int();
export const flag = z.boolean();
export const optional = z.optional;
export const values = z.record(text, text);

export const failure = z.strictObject({
  code: text,
  message: text,
  hint: text,
  details: texts,
  step: optional(text),
  site: optional(text),
  plugin: optional(text),
});

export const problems = z.array(z.strictObject({ site: text, error: failure }));
export const convergence = {
  actions: z.array(z.strictObject({ site: text, did: text })),
  problems,
};

/** What became current. */
export const outcome = {
  site: text,
  release: count,
  urls: texts,
  steps: z.array(z.strictObject({ step: text, milliseconds: z.number() })),
  retiring: count,
};
export const warnings = z.array(z.strictObject({ site: text, text }));
export const deployed = z.strictObject({ ...outcome, warnings });
export const changed = z.union([
  z.strictObject({ ...outcome, applied: z.literal(true) }),
  z.strictObject({ site: text, applied: z.literal(false), because: text }),
]);

export const phase = z.enum(['running', 'current', 'failed', 'cancelled', 'killed']);
export const logged = z.strictObject({ site: text, deploy: text, phase, lines: texts });

export const specification = z.array(z.strictObject({ name: text, value: text, origin: text }));
export const differing = { added: texts, removed: texts, changed: texts };

export const unusable = z.array(
  z.strictObject({ where: z.enum(['store', 'catalog']), name: text, problem: text, site: optional(text) }),
);
