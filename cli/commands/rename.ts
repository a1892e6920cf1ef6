import type { Domain, Engine, Operation, Origin, Outcome, SiteName } from '../../core/index.ts';
import { branchOf, messageOf } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { ChangeCommand } from '../change-command.ts';
import { moveLogs } from '../deploy-log/move.ts';
import { mendRepositories, mendRepository } from '../door/mend.ts';
import { prepareRenamed, type RenamedRepository, withRepositories } from '../door/renamed-repository.ts';
import { repositoryPath } from '../door/repository.ts';
import { exists } from '../exists.ts';
import { prose } from '../prose.ts';
import type { OutcomeFacts } from '../render/outcome.ts';
import type { Warning } from '../render/quiet.ts';

interface RenameFacts extends OutcomeFacts {
  /** The name that it had. */
  readonly from: SiteName;
  /** Where it answered before, and does no more. */
  readonly lost: readonly Domain[];
  /** The branch of its repository, as it is pushed from now on; absent where nothing was pushed. */
  readonly branch?: string;
  readonly warnings: readonly Warning[];
}

const newName: typeof siteArgument = { ...siteArgument, description: 'Its new name.' };

export default class Rename extends ChangeCommand {
  static override remote = true;
  static override summary = 'Give a site another name, with everything that it has.';
  static override description = prose(`
    New instances come up as in any release, with the same image, configuration, secrets and volumes. Then domains of its own,
    host ports, services by hand, releases, its repository and the rights of keys that name it go with the site at once: no
    request at these domains goes unanswered. The domain that is made of its name is another one from then on, and so is the
    address that it is pushed to. Another site that is pushed to the old name begins with nothing.

    A site that others are linked to by its name, or that is linked to others by its own, keeps it. Interrupted, it is ended by
    running it again, or by octo converge.

    With --json: { site, from, release, urls, lost: [domain], branch, steps: [{ step, milliseconds }], retiring,
    warnings: [{ site, text }] }.
  `);
  static override examples = ['<%= config.bin %> rename app shop'];
  static override args = { site: siteArgument, new: newName };

  async run(): Promise<RenameFacts> {
    const { args } = await this.parse(Rename);
    const { site: from, new: to } = args;
    // The engine asks later, when repositories have been looked at.
    for (const site of [from, to]) this.context.requireRight('admin', site);
    const engine = await this.engine();
    const operation = this.operation([to]);
    const before = await engine.current(from);
    const outcome = await this.#rename(engine, { from, to, origin: before?.origin }, operation);
    await moveLogs(engine.config.dataDir, from, to);
    const lost = (before?.domains ?? []).filter((domain) => !outcome.release.domains.includes(domain));
    const { origin } = outcome.release;
    this.print(`${from} is ${to} now.`);
    const facts = await this.concludeOutcome(outcome, false);
    if (lost.length > 0) this.print(`It answers no more at: ${lost.join(', ')}`);
    if (origin) this.#sayWhereToPush(engine, origin, before?.origin);
    const branch = origin ? { branch: branchOf(origin.ref) } : {};
    return { ...facts, from, lost, ...branch, warnings: this.warnings };
  }

  async #rename(
    engine: Engine,
    { from, to, origin }: { from: SiteName; to: SiteName; origin: Origin | undefined },
    operation: Operation,
  ): Promise<Outcome> {
    const warnOfRepository = (error: unknown) =>
      operation.reporter.warn(
        to,
        `its repository is not there yet (${messageOf(error)}); octo converge tries again`,
      );
    // It was renamed, and that did not come to its end.
    if (!origin) {
      const outcome = await engine.rename(from, to, operation);
      const { problems } = await mendRepositories(engine, operation, to);
      for (const { error } of problems) warnOfRepository(error);
      return outcome;
    }
    // What a rename before this one has not come to would be looked for under a name that ends.
    const [left] = (await mendRepositories(engine, operation, origin.repository)).problems;
    if (left) throw left.error;
    return withRepositories(engine, [origin.repository, to], operation, async () => {
      const repository = await prepared(engine, { from, to, origin }, operation);
      const outcome = await engine.rename(from, to, operation).catch(async (error: unknown) => {
        // What it has become is what the store says, whatever failed.
        if (await engine.current(from)) await repository?.drop();
        throw error;
      });
      await repository
        ?.keep(outcome.release.origin ?? origin)
        .catch((error: unknown) => warnOfRepository(error));
      return outcome;
    });
  }

  #sayWhereToPush({ config }: Engine, { repository, ref }: Origin, before: Origin | undefined): void {
    this.print('It is pushed to another address; in every clone:');
    this.print(`  git remote set-url <remote> ssh://${config.user}@<host>/${repository}.git`);
    if (before && before.ref !== ref)
      this.print(`  git push <remote> ${branchOf(before.ref)}:${branchOf(ref)}`);
  }
}

/** Undefined where nothing of the site was pushed to this host. */
async function prepared(
  engine: Engine,
  renaming: { from: SiteName; to: SiteName; origin: Origin },
  { signal }: Operation,
): Promise<RenamedRepository | undefined> {
  const { dataDir } = engine.config;
  const { repository } = renaming.origin;
  const path = repositoryPath(dataDir, repository);
  if (!(await exists(path))) return undefined;
  const refs = await mendRepository(path, repository, (site) => engine.current(site));
  return prepareRenamed(dataDir, renaming, refs, signal);
}
