/** What an executable is given of a hook's value, and what its answer makes of that value. Pure. */
import { isOctohostError, messageOf } from 'octohost';
import { errors } from './errors.ts';
import { type HookName, schemas } from './schemas.ts';

type Value = Readonly<Record<string, unknown>>;

/** The value as data; environments are empty and certificates absent unless secrets are asked for. */
export function payloadOf(value: Value, secrets: boolean): Value {
  return {
    ...(secrets ? value : without(value, 'tls')),
    ...('source' in value ? { source: sourceOf(value['source'] as Value) } : {}),
    ...('error' in value ? { error: errorOf(value['error']) } : {}),
    ...('environment' in value && !secrets ? { environment: {} } : {}),
  };
}

function without(value: Value, ...keys: string[]): Value {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** A tree is told by its id alone: the files are not part of a payload. */
function sourceOf(source: Value): Value {
  return source['kind'] === 'tree' ? { kind: 'tree', id: (source['tree'] as Value)['id'] } : source;
}

function errorOf(error: unknown): Value {
  const message = messageOf(error);
  return isOctohostError(error) ? { message, code: error.code, hint: error.hint } : { message };
}

/**
 * The changed value; what was not in the payload stays, and without secrets the environment is added to.
 * @throws E_EXEC_RESULT
 */
export function changedValue(
  hook: HookName,
  value: Value,
  answer: { file: string; text: string; secrets: boolean },
): Value {
  if (answer.text.trim() === '') return value;
  const { file } = answer;
  const parsed = schemas[hook].safeParse(parseJson(answer.text, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const problem = `${issue?.path.join('.') || 'all of it'}: ${issue?.message}`;
    throw errors.E_EXEC_RESULT({ file, problem });
  }
  const changed = without(parsed.data, 'source', ...(answer.secrets ? [] : ['tls']));
  const merged = { ...value, ...changed };
  if (answer.secrets || !('environment' in value)) return merged;
  const environment = { ...(value['environment'] as object), ...(changed['environment'] as object) };
  return { ...merged, environment };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw errors.E_EXEC_RESULT({ file, problem: 'it is not JSON' }, { cause });
  }
}
