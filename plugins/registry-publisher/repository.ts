/** Where a site's images are. Pure. */
import type { SiteName } from '../../core/index.ts';

export interface RegistryPlace {
  readonly registry: string;
  /** Path before the site's name. */
  readonly repository?: string | undefined;
}

/** `registry.example.com:5000/team/app`. */
export function repositoryOf({ registry, repository }: RegistryPlace, site: SiteName): string {
  return [registry, repository, site].filter((part) => part !== undefined).join('/');
}
