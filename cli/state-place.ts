/** The words for where an installation's settings, state and catalog are: its configuration with the store and registrar of that place. */
import type { Plugin, ResolvedConfig } from '../core/index.ts';
import { ownModule } from './program.ts';

/** The plugins of each place: the folder, which is the plugin's name, and its factory. */
const places = {
  embedded: [
    { folder: 'embedded-store', factory: 'embeddedStore' },
    { folder: 'embedded-registrar', factory: 'embeddedRegistrar' },
  ],
  consul: [{ folder: 'consul', factory: 'consul' }],
} as const;

export type StatePlace = keyof typeof places;

export function isStatePlace(word: string): word is StatePlace {
  return Object.hasOwn(places, word);
}

/**
 * The same installation with its state in a place. Where its own configuration has that place, that is it, with its
 * options; else the plugins of the place stand where the others stood, with the options given here.
 */
export async function atPlace(
  config: ResolvedConfig,
  place: StatePlace,
  consulOptions: { readonly address?: string; readonly prefix?: string; readonly token?: string },
): Promise<ResolvedConfig> {
  if (isAt(config.plugins, place)) return config;
  const made = await Promise.all(
    places[place].map((one) => load(one, place === 'consul' ? consulOptions : {})),
  );
  return { ...config, plugins: inPlaceOf(config.plugins, made) };
}

/** Whether a list has all plugins of a place. Pure. */
export function isAt(plugins: readonly Pick<Plugin, 'name'>[], place: StatePlace): boolean {
  return places[place].every(({ folder }) => plugins.some(({ name }) => name === folder));
}

/** A list with other plugins in the place of those that keep the state. Pure. */
export function inPlaceOf<Kind extends Pick<Plugin, 'name'>>(
  plugins: readonly Kind[],
  others: readonly Kind[],
): Kind[] {
  const keepers = new Set<string>(Object.values(places).flatMap((some) => some.map(({ folder }) => folder)));
  return [...others, ...plugins.filter(({ name }) => !keepers.has(name))];
}

async function load(
  { folder, factory }: { readonly folder: string; readonly factory: string },
  options: object,
): Promise<Plugin> {
  const module = (await import(ownModule(`octohost/plugins/${folder}`) as string)) as Record<
    string,
    (options: object) => Plugin
  >;
  return (module[factory] as (options: object) => Plugin)(options);
}
