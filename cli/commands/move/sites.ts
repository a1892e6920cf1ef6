import * as Flags from '@oclif/core/flags';
import type { Engine, SiteName } from '../../../core/index.ts';
import { writeArchive } from '../../backup/archive.ts';
import { gather } from '../../backup/take.ts';
import { withWorkFolder } from '../../backup/work-folder.ts';
import { chosenSites } from '../../chosen-sites.ts';
import { errors } from '../../move/errors.ts';
import { type Address, ask } from '../../move/host.ts';
import { MoveCommand, type MoveFacts, moveArgs, moveFlags } from '../../move-command.ts';
import { prose } from '../../prose.ts';

type Did = 'moved' | 'moved, and stopped here' | 'is there already' | 'is there already, and stopped here';

export default class MoveSites extends MoveCommand {
  static override summary = 'Bring sites to another host, with releases, settings, secrets and repositories.';
  static override description = prose(`
    Over ssh, into the octohost that is there, by a key that has all rights there (keys:add --admin). Each site is there
    whole, or not at all, and runs there when it is reported; here nothing of it changes without --stop. Running it again
    goes on with what is not there yet. Secrets are sealed with the other host's key on arrival, and are in no command
    line. Data in volumes does not come along, and domains lead here until the DNS says otherwise: stop a site here
    once it does.

    With --json: { host, sites: [{ site, did }], problems: [{ site, error }] }. The exit code is 1 where the host did not
    take a site.
  `);
  static override examples = [
    '<%= config.bin %> move:sites new.example.com',
    "<%= config.bin %> move:sites new.example.com git --site 'shop-*' --stop",
  ];
  static override args = moveArgs;
  static override flags = {
    ...moveFlags,
    images: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'With images; without, they are built anew there from their commits.',
    }),
    stop: Flags.boolean({ description: 'Stop each site here once it runs there.' }),
  };

  async run(): Promise<MoveFacts<Did>> {
    const words = await this.parse(MoveSites);
    const { flags } = words;
    const address = this.addressOf(words);
    const engine = await this.engine();
    const sites = await chosenSites(engine, flags.site);
    return this.eachSite(address.host, sites, async (site): Promise<Did> => {
      const isThere = await this.#isThere(engine, address, site);
      if (!isThere) await this.#send(engine, address, site, flags.images);
      if (!flags.stop || !(await this.#stop(engine, address, site)))
        return isThere ? 'is there already' : 'moved';
      return isThere ? 'is there already, and stopped here' : 'moved, and stopped here';
    });
  }

  /** Whether the site is there with the release that is current here, or went on from it; brought up if it is. */
  async #isThere(engine: Engine, address: Address, site: SiteName): Promise<boolean> {
    const here = await engine.current(site);
    if (!here) return false;
    const { signal } = this;
    const known = await ask(address, ['releases', site, '--json'], { signal });
    if (known.code !== 0) return false;
    const { current, releases } = releasesIn(known.stdout, address.host);
    if (current === null || !releases.some(({ deploy }) => deploy === here.deploy)) return false;
    const { code, lines } = await ask(address, ['converge', site], { signal });
    if (code !== 0) throw errors.E_MOVE_REFUSED({ host: address.host, site, lines });
    return true;
  }

  async #send(engine: Engine, address: Address, site: SiteName, images: boolean): Promise<void> {
    const { signal } = this;
    const { host } = address;
    await withWorkFolder(engine.config.dataDir, async (folder) => {
      const wanted = { sites: [site], secrets: true, images };
      const tell = (line: string) => this.notice(`${site}: ${line}`);
      const { manifest, parts } = await gather(engine, wanted, folder, { signal, tell });
      const { code, lines } = await ask(address, ['restore', '-'], {
        signal,
        feed: (input) => writeArchive(manifest, parts, input, signal),
        tell: (line) => this.notice(`  ${line}`),
      });
      if (code !== 0) throw errors.E_MOVE_REFUSED({ host, site, lines });
    });
  }

  /** False where there is nothing to stop. What is not up there is all that answers, and goes on here. */
  async #stop(engine: Engine, address: Address, site: SiteName): Promise<boolean> {
    const { state } = await engine.status(site);
    if (state === 'stopped' || state === 'not deployed') return false;
    const { signal } = this;
    const { host } = address;
    const answer = await ask(address, ['status', site, '--json'], { signal });
    const there = answer.code === 0 ? factsIn(answer.stdout, host)['state'] : undefined;
    if (there !== 'up')
      throw errors.E_MOVE_NOT_UP({ host, site, state: typeof there === 'string' ? there : 'unknown' });
    await engine.stop(site, this.operation([site]));
    return true;
  }
}

interface Releases {
  readonly current: number | null;
  readonly releases: readonly { readonly deploy?: string }[];
}

function releasesIn(text: string, host: string): Releases {
  const { current, releases } = factsIn(text, host) as Partial<Releases>;
  if (!Array.isArray(releases)) throw errors.E_MOVE_ANSWER({ host });
  return { current: current ?? null, releases };
}

/** What octohost said with --json. @throws E_MOVE_ANSWER */
function factsIn(text: string, host: string): Readonly<Record<string, unknown>> {
  try {
    const facts = JSON.parse(text) as unknown;
    if (typeof facts === 'object' && facts !== null) return facts as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw errors.E_MOVE_ANSWER({ host });
}
