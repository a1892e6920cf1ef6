/**
 * The words of a command that is run in a container, as a Dockerfile's CMD has them: those of a JSON list, else the line
 * for a shell of the image. No shell of the host has a part in it. Pure.
 */
export function commandWords(command: string): readonly string[] {
  return listIn(command) ?? ['sh', '-c', command];
}

/** Undefined for what is no list of words: `[ -f /ready ]` is a line for a shell. */
function listIn(command: string): readonly string[] | undefined {
  if (!command.trimStart().startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(command);
    const isList = Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === 'string');
    return isList ? list : undefined;
  } catch {
    return undefined;
  }
}
