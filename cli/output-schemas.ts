/** What `--json` prints, as published in output.schema.json. */
import * as z from 'zod/mini';
import { deploySchemas } from './output-schemas/deploys.ts';
import { installationSchemas } from './output-schemas/installation.ts';
import { settingSchemas } from './output-schemas/settings.ts';
import { failure } from './output-schemas/shared.ts';
import { siteSchemas } from './output-schemas/sites.ts';

/** By command; what prints something else with an argument or an option has that in its name: `status <site>`. */
export const outputSchemas = {
  /** Of every command that fails. */
  error: z.strictObject({ error: failure }),
  ...siteSchemas,
  ...deploySchemas,
  ...settingSchemas,
  ...installationSchemas,
} satisfies Record<string, z.ZodMiniType>;

/** The published form: a JSON Schema for each command, below `$defs`. */
export function outputJsonSchema(): object {
  const defs = Object.entries(outputSchemas).map(([command, schema]) => {
    const { $schema: _, ...own } = z.toJSONSchema(schema);
    return [command, own] as const;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What octo prints with --json, by command',
    $defs: Object.fromEntries(defs),
  };
}
