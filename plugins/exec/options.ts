/** The options of execHooks. */
import * as z from 'zod/mini';

export interface ExecOptions {
  /** Absolute path of the folder with one folder for each hook. */
  folder: string;
  /** Seconds for all executables of one hook together. @default 30 */
  timeoutSeconds?: number;
  /** True: environments and certificates are in the payloads. @default false */
  secrets?: boolean;
  /** Variables that the executables get beside PATH. @default {} */
  environment?: Readonly<Record<string, string>>;
}

export const schema = z.strictObject({
  folder: z.string().check(z.regex(/^\/[^\0]*$/, 'is no absolute path')),
  timeoutSeconds: z._default(z.int().check(z.gte(1), z.lte(3600)), 30),
  secrets: z._default(z.boolean(), false),
  environment: z._default(z.record(z.string().check(z.regex(/^[A-Za-z_]\w*$/)), z.string()), {}),
});

export type CheckedOptions = z.infer<typeof schema>;
