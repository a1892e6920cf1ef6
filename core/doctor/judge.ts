/** What is found of an installation, as findings. Pure. */
import type { AgentStatus } from '../agent/record.ts';
import type { DiskSpace } from '../disk-space.ts';
import type { Lock } from '../locks.ts';
import type { PartVersion } from '../parts.ts';
import type { CheckFinding } from '../plugin-command.ts';
import type { UnusableThing } from '../unusable.ts';
import type { OwnFinding } from './run.ts';

/** @param least 1024 × 1024 bytes that a build is begun with */
export function judgeDisks(spaces: readonly DiskSpace[], least: number): CheckFinding {
  const told = spaces.map(({ path, freeMegabytes }) => `${path} has ${freeMegabytes} MB free`).join(', ');
  const message = `${told}; a build is begun with ${least} MB.`;
  const hint = 'octo clean';
  const tightest = Math.min(...spaces.map(({ freeMegabytes }) => freeMegabytes));
  if (tightest < least) return { state: 'failed', message, hint };
  return tightest < 2 * least ? { state: 'warning', message, hint } : { state: 'ok', message };
}

/** More than this, in milliseconds, is no matter of two clocks that go a little differently. */
const toleranceMs = 60_000;

/** @param last what the store says of the latest time anybody wrote there; both in milliseconds since 1970 */
export function judgeClock(now: number, last: number | undefined): CheckFinding {
  const shown = new Date(now).toISOString();
  if (last === undefined || last - now <= toleranceMs) return { state: 'ok', message: `It is ${shown}.` };
  const ahead = Math.round((last - now) / 1000);
  return {
    state: 'failed',
    message: `It is ${shown}, ${ahead} s before what was written last.`,
    hint: 'timedatectl set-ntp true',
  };
}

export interface PortUse {
  readonly first: number;
  readonly last: number;
  /** Reserved, or at rest after use. */
  readonly barred: number;
}

/** @returns a warning where a tenth or less of the range is left */
export function judgePorts({ first, last, barred }: PortUse): CheckFinding {
  const size = last - first + 1;
  const free = size - barred;
  const message = `Of the ports ${first} to ${last}, ${free} of ${size} are free.`;
  const hint = 'Widen instances.ports in octohost.config.ts; a port rests for an hour after use.';
  if (free <= 0) return { state: 'failed', message, hint };
  return free * 10 <= size ? { state: 'warning', message, hint } : { state: 'ok', message };
}

export function judgeAgent(agent: AgentStatus | undefined): CheckFinding {
  if (!agent)
    return { state: 'ok', message: 'No agent was ever started on this host; octo serve is optional.' };
  if (agent.alive)
    return { state: 'ok', message: `The agent of ${agent.host} lives (process ${agent.pid}).` };
  return {
    state: 'warning',
    message: `The agent of ${agent.host} is gone.`,
    hint: 'octo serve, or where systemd keeps it: systemctl restart octohost-agent',
  };
}

/** One line for all that answer, and one for each that does not. */
export function judgeParts(parts: readonly PartVersion[]): OwnFinding[] {
  const there = parts.flatMap((one) => ('version' in one ? [`${one.name} ${one.version}`] : []));
  const away = parts.flatMap((one) => ('problem' in one ? [one] : []));
  return [
    ...away.map(({ name, problem }) => ({
      state: 'failed' as const,
      message: `${name}: ${problem}`,
      hint: 'Start or install it, then: octo version',
    })),
    ...(there.length > 0 ? [{ state: 'ok' as const, message: `${there.join(', ')}.` }] : []),
  ];
}

/** Leases whose holder is gone, or silent. */
export function judgeLocks(locks: readonly Lock[]): OwnFinding[] {
  const stale = locks.filter(({ condition }) => condition !== 'alive');
  if (stale.length === 0)
    return [{ state: 'ok', message: `${locks.length} are held, each by a process that lives.` }];
  return stale.map(({ name, pid, host, purpose, condition }) => ({
    state: 'warning' as const,
    message: `${name} is held for ${purpose} by process ${pid} of ${host}, which is ${condition}.`,
    hint: `octo converge, or at once: octo unlock ${name}`,
  }));
}

/** What others wrote and octohost cannot use. */
export function judgeUnusable(all: readonly UnusableThing[]): OwnFinding[] {
  if (all.length === 0) return [{ state: 'ok', message: 'Everything that is written there can be used.' }];
  return all.map(({ where, name, problem, site }) => ({
    ...(site ? { site } : {}),
    state: 'warning' as const,
    message: `${name} of the ${where} ${problem}.`,
    hint: 'Converge leaves it alone: whoever wrote it takes it away or writes it anew.',
  }));
}
