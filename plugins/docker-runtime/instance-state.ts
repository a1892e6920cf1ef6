/** The engine's description of a container as the state that core asks for. Pure. */
import type { InstanceState } from '../../core/index.ts';

/** The part of the engine's description that is used. */
export interface InspectedState {
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Restarting?: boolean;
    readonly StartedAt: string;
    readonly ExitCode: number;
    readonly OOMKilled?: boolean;
  };
  readonly RestartCount?: number;
  readonly HostConfig: { readonly RestartPolicy?: { readonly Name: string } | undefined };
}

/** A container that was created and never started says exit code 0, which would look like a good end. */
export function instanceState({ State, RestartCount = 0, HostConfig }: InspectedState): InstanceState {
  const running = State.Running && State.Restarting !== true;
  const ended = !running && State.Status !== 'created';
  return {
    running,
    startedAt: State.StartedAt,
    restarts: RestartCount,
    kept: HostConfig.RestartPolicy?.Name === 'unless-stopped',
    ...(ended ? { exitCode: State.ExitCode } : {}),
    ...(State.OOMKilled ? { outOfMemory: true } : {}),
  };
}
