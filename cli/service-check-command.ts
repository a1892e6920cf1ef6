/** What commands share that ask services whether they answer. */
import type { CatalogEntry, CheckedService, Engine, SiteName } from '../core/index.ts';
import { BaseCommand } from './base-command.ts';
import { errors } from './errors.ts';
import { checkedRow, checkedTitles } from './render/services.ts';

/** A service, and what came of asking it. */
export type Checked = CatalogEntry & Omit<CheckedService, 'service'>;

export abstract class ServiceCheckCommand extends BaseCommand {
  /** Asks each service once, and tells; one that is critical makes the command fail. */
  protected async askServices(engine: Engine, site: SiteName | undefined): Promise<readonly Checked[]> {
    const checked = await engine.checkServices(site, this.signal);
    if (checked.length > 0) this.printTable(checkedTitles, checked.map(checkedRow));
    else this.notice('There is no service in the catalog.');
    const critical = checked.filter(({ found }) => found === 'critical').map(({ service }) => service.id);
    if (critical.length > 0 && !this.jsonEnabled()) throw errors.E_SERVICE_CRITICAL({ ids: critical });
    if (critical.length > 0) this.context.setExitCode(1);
    return checked.map(({ service, ...found }) => ({ ...service, ...found }));
  }
}
