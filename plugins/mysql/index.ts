/** A database for a site, on a MariaDB server: `octo mysql:create` and `octo mysql:delete`. */
import { type Installation, optionProblems, type Plugin } from 'octohost';
import { commandsOf } from './commands.ts';
import { errors } from './errors.ts';
import { type MysqlOptions, schema } from './options.ts';

export type { MysqlOptions } from './options.ts';

/** Brings two commands; taps no hook and provides no role. Throws E_MYSQL_OPTIONS. */
export function mysql(options: MysqlOptions): Plugin {
  const checked = schema.safeParse(options);
  if (!checked.success) throw errors.E_MYSQL_OPTIONS({ problems: optionProblems(checked.error) });
  let environment: Installation['environment'] = {};
  return {
    name: 'mysql',
    api: '^1.0.0',
    commands: commandsOf(checked.data, () => environment),
    setup({ installation }) {
      ({ environment } = installation);
    },
  };
}
