import * as Flags from '@oclif/core/flags';
import { everySite, type Right, type SitePattern } from '../../../core/index.ts';
import { keyArgument, siteFlag } from '../../arguments.ts';
import { BaseCommand } from '../../base-command.ts';
import { errors } from '../../door/errors.ts';
import { readKeyFile } from '../../door/key-source.ts';
import { type Grant, letIn } from '../../door/keys.ts';
import { prose } from '../../prose.ts';

export default class KeysAdd extends BaseCommand {
  static override remote = true;
  static override summary = 'Let an ssh key in, or give it other rights.';
  static override description = prose(`
    Reads one public key from stdin and prints its fingerprint. The key may push to all sites and run the commands that
    belong to them, unless --read or --admin says otherwise; with --site that is so for these sites alone. Other keys and
    the whole server are in the hands of a key with --admin and without --site.

    Added again under its name, a key has the new rights and no others.

    With --ca the key is that of a certificate authority: whoever comes with a certificate that it signed for the principal
    NAME (ssh-keygen -s ca -I alice@home -n NAME -V +8h key.pub) has the rights, for as long as the certificate is valid; the
    key itself opens nothing. One authority may stand under several names.

    With --json: { name, right, sites: [pattern], authority?: true, type, base64, comment, fingerprint }.
  `);
  static override usage = 'keys:add NAME [--read | --admin] [--site PATTERN …] [--ca] < key.pub';
  static override examples = [
    '<%= config.bin %> keys:add alice < alice.pub',
    "<%= config.bin %> keys:add ci@shop --site shop --site 'shop-*' < ci.pub",
    '<%= config.bin %> keys:add root@office --admin < office.pub',
    "<%= config.bin %> keys:add shop-team --site 'shop*' --ca < ca.pub",
  ];
  static override args = { name: keyArgument };
  static override flags = {
    admin: Flags.boolean({ description: 'It may do everything, to all sites or those of --site.' }),
    ca: Flags.boolean({
      description: 'It is the key of an authority, whose certificates for the principal NAME are let in.',
    }),
    read: Flags.boolean({ description: 'It may look and fetch, and change nothing.', exclusive: ['admin'] }),
    site: siteFlag({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PATTERN',
      description: "A site, or several: 'shop-*'. Once or more; all sites where it is left out.",
    }),
  };

  async run(): Promise<Grant> {
    const { args, flags } = await this.parse(KeysAdd);
    const { name } = args;
    if (this.context.stdinIsTerminal) throw errors.E_KEY_STDIN({ name });
    const right: Right = flags.admin ? 'admin' : flags.read ? 'read' : 'deploy';
    const sites: readonly SitePattern[] = flags.site ?? [everySite];
    const offered = await readKeyFile(this.context.stdin);
    const grant: Grant = { ...offered, name, right, sites, ...(flags.ca ? { authority: true } : {}) };
    await letIn(await this.engine(), grant, this.operation([]));
    this.print(grant.fingerprint);
    return grant;
  }
}
