/** A variable that the image of a Dockerfile has, as far as the Dockerfile alone tells; a deploy asks the image. Pure. */
import { DockerfileParser, type Env } from 'dockerfile-ast';

export function imageVariable(dockerfile: string, name: string): string | undefined {
  const instructions = DockerfileParser.parse(dockerfile).getInstructions();
  const final = instructions.findLastIndex((one) => one.getKeyword() === 'FROM');
  return (
    instructions
      .slice(final)
      .filter((one): one is Env => one.getKeyword() === 'ENV')
      .flatMap((one) => one.getProperties())
      .findLast((property) => property.getName() === name)
      ?.getUnescapedValue() ?? undefined
  );
}
