/** What a push asks for: the lines that git gives to pre-receive, as sites and revisions. Pure. */
import {
  type BranchRef,
  parseBranchRef,
  parseRevision,
  type Revision,
  type SiteName,
  siteOfBranch,
} from '../../core/index.ts';
import { errors } from './errors.ts';

/** What the hook sends: where git keeps the pushed objects for now, and the refs. */
export interface HookRequest {
  /** GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES and GIT_QUARANTINE_PATH of the hook. */
  readonly environment: Readonly<Record<string, string>>;
  readonly updates: readonly Update[];
}

export interface Update {
  readonly ref: string;
  readonly before: Revision;
  readonly after: Revision;
}

/** A branch that is deployed to a site. */
export interface Target {
  readonly site: SiteName;
  readonly ref: BranchRef;
  readonly revision: Revision;
}

const variables = [
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_QUARANTINE_PATH',
] as const;

/** Reads the hook's message: three lines of environment, then `<before> <after> <ref>` lines. */
export function parseHookRequest(text: string): HookRequest {
  const lines = text.split('\n');
  const environment = Object.fromEntries(
    variables.map((name, index) => [name, lines[index] ?? '']).filter(([, value]) => value !== ''),
  );
  const updates = lines.slice(variables.length).filter((line) => line !== '');
  return { environment, updates: updates.map(parseUpdate) };
}

function parseUpdate(line: string): Update {
  const [before = '', after = '', ...ref] = line.split(' ');
  return { before: parseRevision(before), after: parseRevision(after), ref: ref.join(' ') };
}

/** Which sites a push deploys. Tags deploy nothing; a push that only has tags is refused. */
export function targetsOf(repository: SiteName, updates: readonly Update[]): Target[] {
  const branches = updates.filter(({ ref }) => ref.startsWith('refs/heads/'));
  if (branches.length === 0) throw errors.E_PUSH_NOTHING({ refs: updates.map(({ ref }) => ref) });
  const deleted = branches.find(({ after }) => /^0+$/.test(after));
  if (deleted) throw errors.E_PUSH_DELETES({ ref: deleted.ref });
  const targets = branches.map(({ ref, after }): Target => {
    const branch = parseBranchRef(ref);
    return { ref: branch, revision: after, site: siteOfBranch(repository, branch) };
  });
  for (const [site, same] of Map.groupBy(targets, (target) => target.site)) {
    if (same.length > 1) throw errors.E_PUSH_SAME_SITE({ site, refs: same.map(({ ref }) => ref) });
  }
  return targets;
}

/**
 * git keeps a branch `a` and a branch `a/b` apart only after the hook has said yes, when the new version would serve
 * already: so it is found here, before any work.
 */
export function refuseConflicts(targets: readonly Target[], branches: readonly string[]): void {
  const all = [...branches, ...targets.map(({ ref }) => ref)];
  for (const { ref } of targets) {
    const other = all.find((branch) => branch.startsWith(`${ref}/`) || ref.startsWith(`${branch}/`));
    if (other !== undefined) throw errors.E_PUSH_BESIDE({ ref, other });
  }
}
