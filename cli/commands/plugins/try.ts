import { BaseCommand } from '../../base-command.ts';
import { loadConfigFile } from '../../config-file.ts';
import { takeIdentity } from '../../identity.ts';
import { refuseBuiltIn } from '../../open-engine.ts';
import { parseAdded } from '../../plugins/added.ts';
import { readStdin } from '../../stdin.ts';

const mostBytes = 4 * 1024 * 1024;

/** Started by `plugins:add`, for plugins that are not on the list yet. */
export default class PluginsTry extends BaseCommand {
  static override hidden = true;
  static override summary = 'Try the list of added plugins that comes on stdin.';

  async run(): Promise<{ tried: number }> {
    await this.parse(PluginsTry);
    const file = await this.configFile();
    const added = parseAdded(await readStdin(this.context.stdin, mostBytes), 'stdin');
    const { user } = await loadConfigFile(file, { added: false });
    // Nothing of a package runs as root.
    await takeIdentity(user);
    const config = await loadConfigFile(file, { added });
    refuseBuiltIn(config);
    await this.context.openEngine(config).close();
    return { tried: added.plugins.length };
  }
}
