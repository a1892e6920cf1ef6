/** The agent in words. Pure. */
import type { AgentEvent, AgentStatus } from '../../core/index.ts';
import { cleanLine, moment } from './text.ts';

/** What status says of it; nothing where there never was one. */
export function agentLines(agent: AgentStatus | undefined): string[] {
  if (!agent) return [];
  const { alive, host, pid, since, out, last } = agent;
  return [
    alive
      ? `The agent of ${host} lives (process ${pid}, since ${moment(since ?? '')} UTC).`
      : `The agent of ${host} does not run; octo serve starts one.`,
    ...(last ? [`Its last: ${eventLine(last)}`] : []),
    ...out.map(
      ({ site, service, why }) => `${site}: ${service} is kept out of the routes: ${cleanLine(why)}`,
    ),
  ];
}

/** `2026-11-25 12:00:00  app: …` */
export function eventLine({ at, site, what }: AgentEvent): string {
  return `${moment(at)}  ${site === undefined ? '' : `${site}: `}${cleanLine(what)}`;
}
