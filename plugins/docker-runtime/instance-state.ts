/** The engine's description of a container as the state that core asks for. Pure. */
import type { Health, InstanceState } from '../../core/index.ts';

/** The part of the engine's description that is used. */
export interface InspectedState {
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Restarting?: boolean;
    readonly Paused?: boolean;
    readonly StartedAt: string;
    readonly ExitCode: number;
    readonly OOMKilled?: boolean;
    readonly Health?:
      | {
          readonly Status: string;
          readonly Log?: readonly { readonly Output: string }[] | null | undefined;
        }
      | undefined;
  };
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>>;
  };
  readonly RestartCount?: number;
  readonly HostConfig: { readonly RestartPolicy?: { readonly Name: string } | undefined };
}

/**
 * A container that was created and never started says exit code 0, which would look like a good end.
 * @param isHere whether the engine is on this host, so that the container's own address can be reached
 * @param isAdopted whether it was taken over: it had proven itself before
 */
export function instanceState(inspected: InspectedState, isHere: boolean, isAdopted = false): InstanceState {
  const { State, RestartCount = 0, HostConfig } = inspected;
  const address = isHere ? addressOf(inspected) : undefined;
  const health = healthOf(inspected);
  const running = State.Running && State.Restarting !== true;
  const ended = !running && State.Status !== 'created';
  return {
    running,
    startedAt: State.StartedAt,
    restarts: RestartCount,
    kept: isAdopted || HostConfig.RestartPolicy?.Name === 'unless-stopped',
    ...(ended ? { exitCode: State.ExitCode } : {}),
    ...(State.OOMKilled ? { outOfMemory: true } : {}),
    ...(address === undefined ? {} : { address }),
    ...(health ? { health } : {}),
    ...(State.Paused ? { paused: true } : {}),
    ...(State.Restarting ? { returning: true } : {}),
  };
}

/** A container that does not run has an empty address. */
function addressOf({ NetworkSettings }: InspectedState): string | undefined {
  const all = Object.values(NetworkSettings?.Networks ?? {}).map(({ IPAddress }) => IPAddress);
  return all.find((address) => address !== undefined && address !== '');
}

function healthOf({ State: { Health: found } }: InspectedState): Health | undefined {
  const status = (['starting', 'healthy', 'unhealthy'] as const).find((one) => one === found?.Status);
  if (!status) return undefined;
  const output = found?.Log?.at(-1)?.Output.trimEnd() ?? '';
  return { status, lines: output === '' ? [] : output.split('\n') };
}
