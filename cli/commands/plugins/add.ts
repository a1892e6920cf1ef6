import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { messageOf } from '../../../core/index.ts';
import { text } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { loadConfigFile } from '../../config-file.ts';
import { errors } from '../../errors.ts';
import { isAlive } from '../../open-engine.ts';
import { type AddedFacts, factsOf } from '../../plugins/added.ts';
import { addPlugin } from '../../plugins/install.ts';
import { parseSpec } from '../../plugins/npm.ts';
import { ownerOf } from '../../plugins/owner.ts';
import { tryAdded } from '../../plugins/try.ts';
import { prose } from '../../prose.ts';
import { readStdin } from '../../stdin.ts';

const mostBytes = 1024 * 1024;

export default class PluginsAdd extends BaseCommand {
  static override summary = 'Add a plugin to this installation.';
  static override description = prose(`
    Of the registry, or of a folder or a tarball (a path with . or / at its begin). Exactly this version is noted in
    octohost.plugins.json beside the configuration file and installed in the folder octohost.plugins there, with a lock. It is
    loaded after the plugins of the configuration file. A plugin with which the configuration makes no engine is refused,
    and changes nothing: it is tried as the configuration's user. Its default export, or its only one, is the plugin or its
    factory; --options names a file with the JSON object that it is called with, - is stdin. They are never printed. Scripts
    of packages do not run, unless --allow-scripts says so, which a folder needs that is to be built. Agents that run
    take it when they are started again, and have their files until then.

    With --json: { package, version, from }.
  `);
  static override examples = [
    '<%= config.bin %> plugins:add octohost-mail@1.2.3',
    '<%= config.bin %> plugins:add ./mail-1.2.3.tgz --options mail.json',
    `echo '{"to":"me@example.com"}' | <%= config.bin %> plugins:add ./mail --options -`,
  ];
  static override args = {
    plugin: text({ required: true, description: 'A package, a folder or a tarball.' }),
  };
  static override flags = {
    options: Flags.string({
      description: 'A file with the options of its factory, a JSON object; - is stdin.',
      helpValue: 'FILE',
    }),
    'allow-scripts': Flags.boolean({ description: 'Let packages run their scripts.' }),
  };

  async run(): Promise<AddedFacts> {
    const { args, flags } = await this.parse(PluginsAdd);
    const source = parseSpec(args.plugin, process.cwd());
    const options = flags.options === undefined ? undefined : await this.#readOptions(flags.options);
    const configFile = await this.configFile();
    const { user } = await loadConfigFile(configFile, { added: false });
    const added = await addPlugin(
      { configFile, isAlive, ...(await ownerOf(user)) },
      {
        source,
        ...(options ? { options } : {}),
        allowScripts: flags['allow-scripts'],
        signal: this.signal,
        tryOut: (list) => tryAdded(configFile, list, this.signal),
      },
    );
    const { dataDir } = await this.loadConfig();
    await this.recordAct(dataDir, { sites: [], what: `add the plugin ${added.package} ${added.version}` });
    this.print(`${added.package} ${added.version} is added.`);
    return factsOf(added);
  }

  async #readOptions(file: string): Promise<Record<string, unknown>> {
    const from = file === '-' ? 'stdin' : resolve(file);
    const given =
      file === '-'
        ? await readStdin(this.context.stdin, mostBytes)
        : await readFile(from, 'utf8').catch((cause: unknown) => {
            throw errors.E_ARGUMENTS({
              problem: `The options of the plugin cannot be read: ${messageOf(cause)}. They are in a file, or on stdin with -.`,
            });
          });
    try {
      const value: unknown = JSON.parse(given);
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return value as Record<string, unknown>;
    } catch {
      // Told below; the parser's words would show a part of the text.
    }
    throw errors.E_ARGUMENTS({ problem: `What is in ${from} is no JSON object.` });
  }
}
