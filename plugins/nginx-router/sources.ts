/** Reads what a configuration is made of beside the routes: templates, own files, certificate, what is in force. */
import { readFile } from 'node:fs/promises';
import { messageOf, parseCertificate, type Route } from '../../core/index.ts';
import { readConf, readOwnFiles, readTable } from './files.ts';
import { readInForce } from './in-force.ts';
import type { NginxLayout } from './layout.ts';
import type { Sources } from './nginx-conf.ts';
import { isPath } from './nginx-quote.ts';
import type { NginxFeatures } from './program.ts';
import { pemOf } from './site-conf.ts';
import { readTemplate } from './templates.ts';

export interface SourceSettings {
  readonly layout: NginxLayout;
  /** Folder of the operator's templates. */
  readonly templates: string;
  readonly siteTemplate?: string | undefined;
  /** What nginx can do; asked once. */
  readonly features: () => Promise<NginxFeatures>;
  /** Files of the default certificate and its key. */
  readonly https: { readonly certificate?: string; readonly key?: string };
}

/** Nothing in here throws for what somebody wrote into a file; `warn` is told instead. */
export async function readSources(
  settings: SourceSettings,
  routes: readonly Route[],
  warn: (line: string) => void,
): Promise<Sources> {
  const { layout, https } = settings;
  const own = await readOwnFiles(layout);
  const conf = (await readConf(layout)) ?? '';
  const pem = await readDefault(https, warn);
  for (const { path } of own.filter((file) => !isPath(file.path)))
    warn(
      `${path} is left out: nginx could not be told of a file of this name; use letters, digits and - _ .`,
    );
  return {
    routes,
    own: own.filter(({ path }) => isPath(path)),
    templates: await readTemplates(settings, routes),
    pem,
    inForce: readInForce(conf, await readTable(layout, conf), layout),
    features: await settings.features(),
  };
}

async function readTemplates({ templates, siteTemplate }: SourceSettings, routes: readonly Route[]) {
  const all = [siteTemplate, ...routes.map(({ template }) => template)];
  const names = [...new Set(all.filter((name) => name !== undefined))];
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readTemplate(templates, name)] as const)),
  );
}

/** Empty where it cannot be used: what is in force goes on. */
async function readDefault(
  { certificate, key }: SourceSettings['https'],
  warn: (line: string) => void,
): Promise<string | undefined> {
  if (certificate === undefined || key === undefined) return undefined;
  try {
    const found = parseCertificate(await readFile(certificate, 'utf8'), await readFile(key, 'utf8'));
    if (!('problem' in found)) return pemOf(found);
    warn(
      `https.certificate of octohost.config.ts is not used, for ${found.problem} (${certificate}, ${key})`,
    );
  } catch (error) {
    warn(`https.certificate of octohost.config.ts is not used: ${messageOf(error)}`);
  }
  return '';
}
