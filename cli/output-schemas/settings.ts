/** Settings, domains and services of sites. */
import * as z from 'zod/mini';
import {
  changed,
  convergence,
  count,
  flag,
  optional,
  specification,
  text,
  texts,
  time,
  unusable,
  values,
} from './shared.ts';

const service = {
  id: text,
  site: text,
  address: text,
  port: count,
  tags: texts,
  check: optional(z.strictObject({ http: text, interval: text })),
};
const ofInstance = { ...service, kind: z.literal('instance'), instance: text, deploy: text, spec: text };
const byHand = { ...service, kind: z.literal('by-hand'), actor: text, since: time };
const health = z.enum(['passing', 'critical', 'unknown']);
const checkedFacts = { health, found: health, because: text };
const checked = z.array(
  z.union([
    z.strictObject({ ...ofInstance, ...checkedFacts }),
    z.strictObject({ ...byHand, ...checkedFacts }),
  ]),
);

export const settingSchemas = {
  config: z.strictObject({ site: text, settings: values, secrets: texts }),
  'config:get': z.strictObject({ site: text, key: text, value: text }),
  'config:set': changed,
  'config:rm': changed,
  'remove:config': changed,
  'config:import': changed,
  'config:export': z.strictObject({ site: text, settings: values }),
  'config:env': z.strictObject({ site: text, environment: values }),
  'config:check': z.strictObject({ site: text, specification, services: checked }),
  domains: z.strictObject({
    site: text,
    domains: z.array(z.strictObject({ domain: text, unicode: optional(text), origin: text })),
  }),
  'domains:add': changed,
  'domains:remove': changed,
  'domains:set': changed,
  services: z.strictObject({
    services: z.array(
      z.union([z.strictObject({ ...ofInstance, health }), z.strictObject({ ...byHand, health })]),
    ),
    unusable,
  }),
  'services --check': z.strictObject({ services: checked }),
  'services:catalog': z.strictObject({
    services: z.array(
      z.strictObject({
        ID: text,
        Name: text,
        Address: text,
        Port: count,
        Tags: texts,
        Meta: values,
        check: optional(z.strictObject({ http: text, interval: text })),
      }),
    ),
  }),
  'services:register': z.strictObject(convergence),
  'services:remove': z.strictObject(convergence),
  'services:clear': z.strictObject({ site: text, services: z.array(z.strictObject(byHand)) }),
  'service:set': z.strictObject({ service: z.strictObject(byHand), routed: flag, because: optional(text) }),
  'service:rm': z.strictObject({ service: z.strictObject(byHand) }),
  'service:tags': z.strictObject({
    site: text,
    tags: z.array(z.strictObject({ tag: text, origin: text })),
  }),
};
