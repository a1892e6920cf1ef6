/** The ports that the final stage of a Dockerfile EXPOSEs, in its order. Pure. */
import {
  type Arg,
  type Dockerfile,
  DockerfileParser,
  type Env,
  type From,
  type Instruction,
} from 'dockerfile-ast';
import type { Port } from '../../core/index.ts';
import { expand, type Variables } from './variables.ts';

const highestPort = 65_535;
/** As many as there are, TCP and UDP: a file that names more repeats itself. */
const maxPorts = 2 * highestPort;

/** What is known at a line of a stage. */
interface Scope {
  readonly arguments: Map<string, string>;
  readonly environment: Map<string, string>;
  readonly ports: Port[];
}

/**
 * A word whose variables cannot be known from the Dockerfile (the base image's ENV) is left out, and so is what is
 * no port: the image itself tells those.
 * @param given build arguments by name; they win over the defaults of ARG
 */
export function exposedPorts(text: string, given: Readonly<Record<string, string>>): Port[] {
  const dockerfile = DockerfileParser.parse(text);
  const globals = new Map<string, string>();
  const stages = new Map<string, Scope>();
  let scope: Scope | undefined;
  for (const instruction of dockerfile.getInstructions()) {
    if (instruction.getKeyword() === 'FROM') scope = openStage(instruction as From, stages);
    else if (scope) applyInstruction(dockerfile, instruction, scope, { globals, given });
    else if (instruction.getKeyword() === 'ARG')
      declare(instruction as Arg, globals, { known: globals, given, inherited: new Map() }, dockerfile);
  }
  return scope?.ports ?? [];
}

/** True where there is nothing to build: only comments and blank lines. */
export function isEmptyDockerfile(text: string): boolean {
  return DockerfileParser.parse(text).getInstructions().length === 0;
}

/** A stage made from an earlier one begins with what that one knew; its EXPOSEs count as inherited. */
function openStage(from: From, stages: Map<string, Scope>): Scope {
  const base = stages.get(from.getImage()?.toLowerCase() ?? '');
  const scope: Scope = {
    arguments: new Map(base?.arguments),
    environment: new Map(base?.environment),
    ports: [],
  };
  const name = from.getBuildStage()?.toLowerCase();
  if (name) stages.set(name, scope);
  return scope;
}

function applyInstruction(
  dockerfile: Dockerfile,
  instruction: Instruction,
  scope: Scope,
  outer: { globals: Variables; given: Readonly<Record<string, string>> },
): void {
  const known = new Map([...scope.arguments, ...scope.environment]);
  const escapeCharacter = dockerfile.getEscapeCharacter();
  switch (instruction.getKeyword()) {
    case 'ARG': {
      const from = { known, given: outer.given, inherited: outer.globals };
      declare(instruction as Arg, scope.arguments, from, dockerfile);
      return;
    }
    case 'ENV':
      for (const property of (instruction as Env).getProperties())
        assign(
          scope.environment,
          property.getName(),
          expand(property.getUnescapedValue() ?? '', known, escapeCharacter),
        );
      return;
    case 'EXPOSE': {
      for (const word of instruction.getArguments())
        for (const part of expand(word.getValue(), known, escapeCharacter)?.split(/\s+/) ?? [])
          addPorts(scope.ports, part);
    }
  }
}

/** ARG: a given value, else the default, else the value of the ARG before the first FROM. */
function declare(
  arg: Arg,
  target: Map<string, string>,
  from: { known: Variables; given: Readonly<Record<string, string>>; inherited: Variables },
  dockerfile: Dockerfile,
): void {
  const property = arg.getProperty();
  if (!property) return;
  const name = property.getName();
  const fallback = property.getUnescapedValue();
  const value = Object.hasOwn(from.given, name)
    ? from.given[name]
    : fallback === null
      ? from.inherited.get(name)
      : expand(fallback, from.known, dockerfile.getEscapeCharacter());
  assign(target, name, value);
}

function assign(target: Map<string, string>, name: string, value: string | undefined): void {
  if (value === undefined) target.delete(name);
  else target.set(name, value);
}

/** `80`, `53/udp`, `8000-8003/tcp`. */
function addPorts(ports: Port[], word: string): void {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/i.exec(word);
  if (!match) return;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  const protocol = (match[3]?.toLowerCase() ?? 'tcp') as Port['protocol'];
  if (first < 1 || last > highestPort || last < first) return;
  for (let port = first; port <= last && ports.length < maxPorts; port++) ports.push({ port, protocol });
}
