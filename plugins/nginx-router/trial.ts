/** Lets nginx judge a configuration, and leaves out what it refuses until it takes the rest. */
import type { SiteName } from '../../core/index.ts';
import { errors } from './errors.ts';
import { siteFilesIn, siteOfFile } from './in-force.ts';
import type { NginxLayout } from './layout.ts';
import { type Composed, type LeftOut, nothingLeftOut } from './nginx-conf.ts';
import type { Ended } from './program.ts';

export interface Trial {
  readonly layout: NginxLayout;
  compose(leftOut: LeftOut): Composed;
  /** nginx's own test. */
  tryOut(composed: Composed): Promise<Ended>;
}

export interface Verdict {
  readonly composed: Composed;
  readonly leftOut: LeftOut;
  /** What the operator should know of the files that are left out, and nginx's own warnings. */
  readonly warnings: readonly string[];
}

/** Throws E_NGINX_REFUSED where neither a site nor a file of the operator's is to blame. */
export async function judge(trial: Trial): Promise<Verdict> {
  const warnings: string[] = [];
  let leftOut = nothingLeftOut;
  for (;;) {
    const composed = trial.compose(leftOut);
    const { ok, lines } = await trial.tryOut(composed);
    if (ok) return { composed, leftOut, warnings: [...warnings, ...lines] };
    const blamed = blame(composed, lines, trial.layout) ?? (await blameApart(trial, composed, leftOut));
    if (!blamed) throw errors.E_NGINX_REFUSED({ lines });
    leftOut = without(
      leftOut,
      blamed.map(({ culprit }) => culprit),
      composed,
    );
    warnings.push(...blamed.flatMap(warningOf));
  }
}

/** Who is to blame for what nginx refuses. */
type Culprit =
  | { readonly own: string }
  | { readonly certificate: string }
  | { readonly site: SiteName; readonly error: Error };

interface Blamed {
  readonly culprit: Culprit;
  readonly words: string;
}

/** By the file that nginx names. A template that fails for one site is left out of all whose file is new. */
export function blame(
  { own, sites, certificate }: Composed,
  lines: readonly string[],
  layout: NginxLayout,
): Blamed[] | undefined {
  const words = complaintIn(lines);
  const file = own.find(({ path }) => words.includes(`${path}:`) || words.includes(`"${path}"`));
  if (file) return [{ culprit: { own: file.path }, words }];
  const name = siteFilesIn(words, layout).at(-1);
  if (name === undefined) return undefined;
  if (name === certificate) return [{ culprit: { certificate: name }, words }];
  const site = siteOfFile(name);
  if (sites.chosen.get(site) !== name) return undefined;
  const template = sites.rendered.get(site)?.template;
  return template === undefined ? [ofSite(site, words)] : ofTemplate(template, words, sites);
}

function ofSite(site: SiteName, words: string, template?: string): Blamed {
  return { culprit: { site, error: errors.E_NGINX_SITE({ site, words, template }, { site }) }, words };
}

function ofTemplate(template: string, words: string, sites: Composed['sites']): Blamed[] {
  const users = [...sites.rendered.values()].filter((file) => file.template === template);
  return users.map(({ site }) => ofSite(site, words, template));
}

/** Where nginx names no file: every own file and every template is tried without the others. */
async function blameApart(trial: Trial, composed: Composed, leftOut: LeftOut): Promise<Blamed[] | undefined> {
  const own = composed.own.map(({ path }): Culprit[] => [{ own: path }]);
  const templates = new Set([...composed.sites.rendered.values()].flatMap(({ template }) => template ?? []));
  const bySite = [...templates].map((name) =>
    ofTemplate(name, '', composed.sites).map(({ culprit }) => culprit),
  );
  const suspects = [...own, ...bySite];
  const all = suspects.flat();
  const { ok } = await trial.tryOut(trial.compose(without(leftOut, all, composed)));
  if (!ok || all.length === 0) return undefined;
  const guilty: Blamed[] = [];
  for (const suspect of suspects) {
    const others = all.filter((culprit) => !suspect.includes(culprit));
    const { ok: alone, lines } = await trial.tryOut(trial.compose(without(leftOut, others, composed)));
    if (!alone) guilty.push(...suspect.map((culprit) => blamedFor(culprit, complaintIn(lines), composed)));
  }
  // Each is right by itself: the operator's own files give way to the sites.
  const conflict = own.flat().map((culprit) => ({ culprit, words: 'it does not go together with the rest' }));
  return guilty.length > 0 ? guilty : conflict.length > 0 ? conflict : undefined;
}

function blamedFor(culprit: Culprit, words: string, { sites }: Composed): Blamed {
  if (!('site' in culprit)) return { culprit, words };
  return ofSite(culprit.site, words, sites.rendered.get(culprit.site)?.template);
}

function without(leftOut: LeftOut, culprits: readonly Culprit[], { sites }: Composed): LeftOut {
  const own = culprits.flatMap((culprit) => ('own' in culprit ? [culprit.own] : []));
  const certificates = culprits.flatMap((culprit) => ('certificate' in culprit ? [culprit.certificate] : []));
  const refused = culprits.flatMap((culprit) =>
    'site' in culprit
      ? [[culprit.site, { file: sites.chosen.get(culprit.site) ?? '', error: culprit.error }] as const]
      : [],
  );
  return {
    own: new Set([...leftOut.own, ...own]),
    certificates: new Set([...leftOut.certificates, ...certificates]),
    sites: new Map([...leftOut.sites, ...refused]),
  };
}

/** The first serious line, without what nginx writes before it. Pure. */
export function complaintIn(lines: readonly string[]): string {
  const line = lines.find((each) => each.includes('[emerg]')) ?? lines[0] ?? 'nginx gives no reason';
  return line.replace(/^.*\[emerg\] (?:\d+#\d+: )?/, '');
}

function warningOf({ culprit, words }: Blamed): string[] {
  if ('own' in culprit) return [`${culprit.own} is left out until nginx takes it: ${words}`];
  if ('certificate' in culprit)
    return [`the certificate of https in octohost.config.ts is not used: ${words}`];
  return [];
}
