/** `octo mysql:create` and `octo mysql:delete`. */
import { randomBytes } from 'node:crypto';
import {
  type CommandRun,
  type Engine,
  type Installation,
  type PluginCommand,
  parseSiteName,
  type Settings,
  type SiteName,
} from 'octohost';
import { errors } from './errors.ts';
import type { CheckedOptions } from './options.ts';
import { type Server, withServer } from './server.ts';
import { addressOf, isUsedBy, missing, passwordKey, refuseOther, removal } from './settings.ts';
import { createStatements, deleteStatements, type Found, lookUps, takenBy, type Wanted } from './sql.ts';

type Environment = () => Installation['environment'];

const siteArgument = { name: 'site', description: 'Its name.', kind: 'site' } as const;

export function commandsOf(options: CheckedOptions, environment: Environment): PluginCommand[] {
  return [
    {
      name: 'mysql:create',
      summary: 'Give a site a database, with its own user and password.',
      args: [siteArgument],
      run: (context) => alone(context, (site) => create(site, context, options, environment())),
    },
    {
      name: 'mysql:delete',
      summary: "Delete a site's database with all its data, and its user.",
      args: [siteArgument],
      flags: { yes: { description: 'Do not ask.', kind: 'boolean' } },
      async run(context) {
        const site = siteOf(context);
        if (!context.flags['yes']) await confirm(site, context);
        return alone(context, () => remove(site, context, options, environment()));
      },
    },
  ];
}

function siteOf({ args }: CommandRun): SiteName {
  return parseSiteName(args['site'] ?? '');
}

/** Two at once would each give the user a password of its own. */
function alone<Result>(context: CommandRun, work: (site: SiteName) => Promise<Result>): Promise<Result> {
  const site = siteOf(context);
  return context.engine.exclusively(site, context.operation([site]), () => work(site));
}

/** What both commands begin with. */
interface Known {
  readonly address: Readonly<Record<string, string>>;
  readonly settings: Settings;
  /** The names of those that are secret. */
  readonly secrets: readonly string[];
  readonly wanted: Wanted;
}

/** @throws E_MYSQL_OTHER where the site uses another database, E_MYSQL_USED where another site uses this one */
async function lookAt(site: SiteName, { engine }: CommandRun, options: CheckedOptions): Promise<Known> {
  const address = addressOf(site, options);
  const { settings, secrets } = await engine.shownSettings(site);
  refuseOther(site, settings, address);
  await refuseUsed(site, engine, address);
  const wanted = { site, installation: await engine.installation(), clients: options.clients };
  return { address, settings, secrets, wanted };
}

/** A site takes its database along to another name: what has the name here is still its. */
async function refuseUsed(site: SiteName, engine: Engine, address: Known['address']): Promise<void> {
  for (const other of await engine.sites()) {
    if (other === site) continue;
    const { settings } = await engine.shownSettings(other);
    if (isUsedBy(settings, address)) throw errors.E_MYSQL_USED({ site, other });
  }
}

async function create(
  site: SiteName,
  context: CommandRun,
  options: CheckedOptions,
  environment: Installation['environment'],
): Promise<object> {
  const { engine, signal } = context;
  const { address, settings: shown, secrets, wanted } = await lookAt(site, context, options);
  const known = await knownPassword(engine, site, secrets, shown);
  const password = known ?? randomBytes(24).toString('base64url');
  await withServer({ options, environment, signal, secret: password }, async (server) => {
    await findOwn(server, wanted, options);
    for (const sql of createStatements(wanted, password)) await server.run(sql);
  });
  context.print(`${site} has the database ${site} on ${options.host}:${options.port}.`);
  const settings = {
    ...missing(shown, address),
    ...(known === undefined ? { [passwordKey]: password } : {}),
  };
  const applied = await apply(site, settings, context);
  return { site, database: site, username: site, hostname: options.hostname ?? options.host, applied };
}

async function remove(
  site: SiteName,
  context: CommandRun,
  options: CheckedOptions,
  environment: Installation['environment'],
): Promise<object> {
  const { address, settings, secrets, wanted } = await lookAt(site, context, options);
  // While it is used, nothing is deleted.
  const deleted = await withServer({ options, environment, signal: context.signal }, async (server) => {
    const found = await findOwn(server, wanted, options);
    await apply(site, removal(settings, secrets, address), context);
    for (const sql of deleteStatements(wanted, found)) await server.run(sql);
    return found.comment !== undefined;
  });
  context.print(deleted ? `The database of ${site} is deleted.` : `${site} has no database here.`);
  return { site, deleted };
}

async function confirm(site: SiteName, context: CommandRun): Promise<void> {
  const question = `All data in the database of ${site} will be lost.\nType the name of the site to delete it (${site}): `;
  const answer = await context.ask(question);
  if (answer !== site) throw errors.E_MYSQL_NOT_CONFIRMED({ site, asked: answer !== undefined });
}

/** The password that the site has, so that running it again changes nothing. */
async function knownPassword(
  engine: Engine,
  site: SiteName,
  secrets: readonly string[],
  settings: Settings,
): Promise<string | undefined> {
  if (!secrets.includes(passwordKey)) return settings[passwordKey];
  return (await engine.settings(site))[passwordKey];
}

/** What is there of it. @throws E_MYSQL_TAKEN, before anything changes, where it is not this site's */
async function findOwn(server: Server, wanted: Wanted, { host, port }: CheckedOptions): Promise<Found> {
  const { database, users } = lookUps(wanted);
  const found = { comment: (await server.look(database))[0], users: await server.look(users) };
  const what = takenBy(wanted, found);
  if (what !== undefined) throw errors.E_MYSQL_TAKEN({ what, server: `${host}:${port}` });
  return found;
}

/** A site that runs gets a release with them; another one has them for its next. Returns whether it got one. */
async function apply(
  site: SiteName,
  settings: Readonly<Record<string, string | null>>,
  context: CommandRun,
): Promise<boolean> {
  const { engine } = context;
  if (Object.keys(settings).length === 0) return false;
  const secrets = { secrets: settings[passwordKey] ? [passwordKey] : [] };
  const runs = (await engine.current(site)) !== undefined && (await engine.status(site)).state !== 'stopped';
  if (!runs) {
    await engine.setSettings(site, settings, secrets);
    context.print(`Stored, not applied (${site} does not run): its next release takes it.`);
    return false;
  }
  const operation = context.operation([site]);
  const { release } = await engine.change(site, { reason: 'configuration', settings, ...secrets }, operation);
  context.print(`${site} is release ${release.number}.`);
  await engine.finishRetiring([site], operation);
  return true;
}
