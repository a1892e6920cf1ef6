/** The role router, on octohost's own nginx. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errors as coreErrors, type PreparedRoutes, type Route, type Router } from '../../core/index.ts';
import { errors } from './errors.ts';
import { makeFolders, operatorKey, readConf, removeForgotten, withCandidate, writeConf } from './files.ts';
import type { NginxLayout } from './layout.ts';
import { type ConfOptions, renderConf } from './nginx-conf.ts';
import { drainingWorkers, findMaster } from './processes.ts';
import { culpritIn, runNginx, testArguments } from './program.ts';
import { generationInForce } from './status.ts';
import { type Nginx, switchOver } from './switch-over.ts';

export type RouterSettings = Nginx & { readonly conf: Omit<ConfOptions, 'layout' | 'operatorKey'> };

const drainPollMs = 50;

export function createNginxRouter(settings: RouterSettings): Router {
  const { layout } = settings;
  const tested = new Set<string>();

  return {
    async prepare(routes: readonly Route[], context): Promise<PreparedRoutes> {
      await makeFolders(layout);
      const key = await operatorKey(layout);
      const prepared = renderConf(routes, { ...settings.conf, layout, operatorKey: key });
      if (tested.has(prepared.generation)) return prepared;
      if ((await generationInForce(layout)) !== prepared.generation) {
        const warnings = await testConf(settings, prepared, context.signal);
        for (const line of warnings) context.warn(line);
      }
      tested.add(prepared.generation);
      return prepared;
    },

    async apply(prepared, { signal }) {
      if (signal.aborted) throw coreErrors.E_ABORTED({ what: 'The change of routes' });
      if (!(await isInForce(layout, prepared.generation))) {
        await makeFolders(layout);
        await removeForgotten(layout);
        return switchOver(settings, prepared);
      }
      // Somebody was killed between writing another file and telling nginx: the next start must read this one.
      if ((await readConf(layout)) !== prepared.text) await writeConf(layout, prepared.text);
    },

    async drained(signal) {
      while (!signal.aborted) {
        const master = await findMaster(layout);
        if (master === undefined || (await drainingWorkers(master)).length === 0) return;
        await sleep(drainPollMs, undefined, { signal }).catch(() => {});
      }
    },
  };
}

/** Workers whose master was killed answer too, but nobody can tell them of the next change. */
async function isInForce(layout: NginxLayout, generation: string): Promise<boolean> {
  if ((await generationInForce(layout)) !== generation) return false;
  return (await findMaster(layout)) !== undefined;
}

/** nginx's own test, with the operator's files. Returns its warnings; throws E_NGINX_REFUSED. */
async function testConf(
  { layout, program }: Nginx,
  prepared: PreparedRoutes,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { ok, lines } = await withCandidate(layout, prepared, (file) =>
    runNginx(program, testArguments(layout, file), { cwd: layout.prefix, signal }),
  );
  if (!ok) throw errors.E_NGINX_REFUSED({ lines, culprit: culpritIn(lines, layout) });
  return lines;
}
