/** What can be wrong with a site, why that matters, and what mends it. Pure. */
import type { SymptomKind } from '../agent/symptoms.ts';
import type { SiteName } from '../grammar.ts';
import type { OwnFinding } from './run.ts';

/** What is not as it should be, beside what the agent sees. */
export type TroubleKind =
  | SymptomKind
  | 'wrong-services'
  | 'given-services'
  | 'name'
  | 'tied'
  | 'tasks'
  | 'ports'
  | 'deploys'
  | 'journal'
  | 'surplus'
  | 'rename'
  | 'unreadable';

/** One thing that is wrong with a site. */
export interface Trouble {
  readonly site: SiteName;
  readonly kind: TroubleKind;
  /** For people, without the site's name and a full stop. */
  readonly what: string;
  /** What to do instead, where converge does not mend it. */
  readonly hint?: string;
}

/** True where requests may go unanswered, or wrongly. */
const kinds: Readonly<Record<TroubleKind, { readonly serves: boolean; readonly why: string }>> = {
  'missing-instances': {
    serves: true,
    why: 'Fewer instances answer than the release wants; without any the site is down.',
  },
  'left-instances': { serves: false, why: 'They take memory and ports, and nobody needs them.' },
  'late-instances': { serves: false, why: 'Whoever was to end them is gone; they take memory and ports.' },
  'missing-services': { serves: true, why: 'An instance that the catalog does not know gets no requests.' },
  'left-services': { serves: true, why: 'Requests may be led to where nobody answers.' },
  'wrong-services': {
    serves: true,
    why: 'Whoever reads the catalog leads requests, or asks for health, by these facts.',
  },
  'given-services': { serves: true, why: 'The catalog has other services than the site was given by hand.' },
  unpublished: { serves: false, why: 'Another host that pulls the image gets an older one.' },
  name: { serves: false, why: 'Others find the container by a name that leads elsewhere.' },
  tied: { serves: true, why: 'Its links and volumes lead to what is no longer there.' },
  tasks: { serves: false, why: 'They are left of what was killed, and take room.' },
  ports: { serves: false, why: 'Ports that are reserved for nobody are missing to others.' },
  deploys: { serves: false, why: 'Who waits for it waits for nothing.' },
  journal: { serves: false, why: 'Who reads the settings past octohost sees old ones.' },
  surplus: { serves: false, why: 'A disk that fills stops every deploy.' },
  rename: {
    serves: false,
    why: 'Its images and records, and the rights to it, are still under the old name.',
  },
  unreadable: { serves: true, why: 'Nothing can be mended of a site whose records cannot be read.' },
};

/** One finding each: what is wrong, why it matters, what mends it. */
export function asFindings(troubles: readonly Trouble[]): OwnFinding[] {
  return troubles.map(({ site, kind, what, hint = `octo converge ${site}` }) => ({
    site,
    check: kind,
    why: kinds[kind].why,
    state: kinds[kind].serves ? 'failed' : 'warning',
    message: /[.!]$/.test(what) ? what : `${what}.`,
    hint,
  }));
}
