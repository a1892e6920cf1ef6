/** The source of what a site runs, out of the repository that it was pushed to. */

import type { Engine, Operation, Outcome, Push, Release, SiteName } from '../../core/index.ts';
import { exists } from '../exists.ts';
import { errors } from './errors.ts';
import { gitTree } from './git-tree.ts';
import { setRefs } from './ref-updates.ts';
import { releaseRef } from './release-ref.ts';
import { repositoryPath } from './repository.ts';

/** Whoever asks for it. */
export interface Rebuild {
  /** Whether a submodule of this installation may be read. */
  readonly mayRead: (repository: SiteName) => boolean;
  /** Makes it the new release. */
  readonly deploy: (push: Push) => Promise<Outcome>;
}

/**
 * Builds a site anew from the revision that it runs, without cached layers, and keeps that revision for the new release.
 * @throws E_REBUILD_SOURCE where the revision is nowhere
 */
export async function rebuild(
  engine: Engine,
  site: SiteName,
  operation: Operation,
  { mayRead, deploy }: Rebuild,
): Promise<Outcome> {
  const { origin } = await sourceOf(engine, site);
  return engine.exclusively(origin.repository, operation, async () => {
    // Another push may have come first.
    const { revision, message, ...from } = await sourceOf(engine, site);
    const path = repositoryPath(engine.config.dataDir, from.origin.repository);
    const { reporter } = operation;
    const tree = await gitTree({
      gitDir: path,
      revision,
      environment: {},
      submodules: {
        config: engine.config,
        repository: from.origin.repository,
        mayRead,
        output: (line) => reporter.output(site, line),
      },
      remark: (line) => reporter.warn(site, line),
    });
    const push: Push = {
      site,
      revision,
      origin: from.origin,
      ...(message ? { message } : {}),
      force: true,
      reload: true,
      source: { kind: 'tree', tree },
    };
    const outcome = await deploy(push);
    await tree.examined;
    await setRefs(path, [releaseRef(outcome.release)]);
    return outcome;
  });
}

/** A release that was pushed, and whose repository is here. */
async function sourceOf(
  engine: Engine,
  site: SiteName,
): Promise<Required<Pick<Release, 'revision' | 'origin'>> & Pick<Release, 'message'>> {
  const release = await engine.current(site);
  const { revision, origin, message } = release ?? {};
  const path = origin && repositoryPath(engine.config.dataDir, origin.repository);
  if (revision && origin && path && (await exists(path)))
    return { revision, origin, ...(message ? { message } : {}) };
  throw errors.E_REBUILD_SOURCE({ site, isReleased: release !== undefined });
}
