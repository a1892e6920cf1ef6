/** An instance as labels, and back: what a container is, is read from itself alone. Pure. */
import * as z from 'zod/mini';
import {
  type Instance,
  isSiteName,
  type StartRequest,
  type Task,
  type TaskRequest,
} from '../../core/index.ts';
import { type FoundLabels, labels, ownLabels } from '../shared/docker-labels.ts';

const bindingsSchema = z.array(
  z.strictObject({
    port: z.int(),
    protocol: z.enum(['tcp', 'udp']),
    hostAddress: z.string(),
    hostPort: z.int(),
  }),
);

/** A container has its image's labels too where it has none of its own: each kind says which it is. */
const instanceRole = 'instance';
const taskRole = 'task';
const attendedRole = 'attended';

export function instanceLabels(request: StartRequest, installation: string): Record<string, string> {
  return {
    ...ownLabels(installation, request.spec.site),
    [labels.role]: instanceRole,
    [labels.release]: String(request.release),
    [labels.deploy]: request.deploy,
    [labels.spec]: request.digest,
    [labels.index]: String(request.index),
    [labels.bindings]: JSON.stringify(
      request.bindings.map(({ port, protocol, hostAddress, hostPort }) => ({
        port,
        protocol,
        hostAddress,
        hostPort,
      })),
    ),
  };
}

/** @param attended whether somebody is at it */
export function taskLabels(
  { spec, deploy }: TaskRequest,
  installation: string,
  attended: boolean,
): Record<string, string> {
  return {
    ...ownLabels(installation, spec.site),
    [labels.role]: attended ? attendedRole : taskRole,
    [labels.deploy]: deploy,
  };
}

/** A container as the engine lists it. */
interface Listed {
  readonly id: string;
  readonly name: string;
  readonly labels: FoundLabels;
}

/** Undefined where the labels are not those of a task. */
export function parseTask(container: Listed): Task | undefined {
  const found = container.labels ?? {};
  const site = found[labels.site] ?? '';
  const deploy = found[labels.deploy] ?? '';
  if (!isTask(found) || !isSiteName(site) || deploy === '') return undefined;
  return {
    id: container.id,
    name: container.name.replace(/^\//, ''),
    site,
    deploy,
    ...(found[labels.role] === attendedRole ? { attended: true } : {}),
  };
}

/** Undefined where the labels are not those of an instance: such a container is nobody's business here. */
export function parseInstance(container: Listed): Instance | undefined {
  const found = container.labels ?? {};
  const site = found[labels.site] ?? '';
  const release = found[labels.release] ?? '';
  const deploy = found[labels.deploy] ?? '';
  const spec = found[labels.spec] ?? '';
  const bindings = parseBindings(found[labels.bindings]);
  const whole =
    !isTask(found) &&
    isSiteName(site) &&
    /^[1-9]\d{0,14}$/.test(release) &&
    deploy !== '' &&
    spec !== '' &&
    bindings;
  if (!whole) return undefined;
  return {
    id: container.id,
    name: container.name.replace(/^\//, ''),
    site,
    release: Number(release),
    deploy,
    spec,
    bindings,
  };
}

function isTask(found: Readonly<Record<string, string>>): boolean {
  return [taskRole, attendedRole].includes(found[labels.role] ?? '');
}

function parseBindings(text: string | undefined): Instance['bindings'] | undefined {
  try {
    return bindingsSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
