/** The images that a Dockerfile takes something from. Pure. */
import { DockerfileParser, type From, type ModifiableInstruction } from 'dockerfile-ast';
import { syntaxOf } from './directives.ts';

/** What may stand in the path of a question to the engine. */
const reference = /^[a-z0-9]+(?:(?:[._:/@]|__|-+)[a-zA-Z0-9]+)*$/;

/**
 * `FROM`, `COPY --from`, `RUN --mount=from=…`, without the stages of the file itself; the front end of `# syntax=` is one
 * too. Undefined where the file alone does not tell: a variable in a name, a name that is no image's.
 */
export function basesOf(text: string): readonly string[] | undefined {
  const stages = new Set<string>(['scratch']);
  const named: string[] = [];
  const name = (one: string | null | undefined) => {
    if (one && !stages.has(one.toLowerCase()) && !/^\d+$/.test(one)) named.push(one);
  };
  name(syntaxOf(text));
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') {
      name((instruction as From).getImage());
      const stage = (instruction as From).getBuildStage();
      if (stage) stages.add(stage.toLowerCase());
    } else if (keyword === 'COPY' || keyword === 'RUN')
      for (const flag of (instruction as ModifiableInstruction).getFlags())
        name(takenFrom(flag.getName(), flag.getValue() ?? ''));
    else if (keyword === 'ONBUILD') return undefined;
  }
  return named.every((one) => reference.test(one)) ? [...new Set(named)] : undefined;
}

function takenFrom(flag: string, value: string): string | undefined {
  if (flag === 'from') return value;
  return flag === 'mount' ? /(?:^|,)from=([^,]+)/.exec(value)?.[1] : undefined;
}
