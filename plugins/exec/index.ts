/** Hooks for any language: the executables of a folder run at each hook, with its value as JSON on standard input. */
import { lifecycle, optionProblems, type Plugin, type TapContext } from 'octohost';
import { errors } from './errors.ts';
import { findExecutables } from './find.ts';
import { type CheckedOptions, type ExecOptions, schema } from './options.ts';
import { changedValue, payloadOf } from './payload.ts';
import { runExecutable } from './run.ts';
import { type HookName, schemas } from './schemas.ts';

export type { ExecOptions } from './options.ts';

type Value = Readonly<Record<string, unknown>>;
type Tap = (value: Value, context: TapContext) => Promise<Value | undefined>;

/** Taps every hook; provides no role. Throws E_EXEC_OPTIONS. */
export function execHooks(options: ExecOptions): Plugin {
  const checked = schema.safeParse(options);
  if (!checked.success) throw errors.E_EXEC_OPTIONS({ problems: optionProblems(checked.error) });
  const { timeoutSeconds } = checked.data;
  return {
    name: 'exec',
    api: '^1.0.0',
    setup({ hooks, installation }) {
      const path = installation.environment['PATH'] ?? '/usr/bin:/bin';
      for (const hook of Object.keys(schemas) as HookName[]) {
        const tap =
          hook in lifecycle ? announceTo(hook, checked.data, path) : modifyBy(hook, checked.data, path);
        // One tap for all hooks: each value is data by its hook's schema.
        hooks[hook].tap('run', tap as never, { timeoutSeconds });
      }
    },
  };
}

function announceTo(hook: HookName, options: CheckedOptions, path: string): Tap {
  return async (fact, context) => {
    const input = JSON.stringify(payloadOf(fact, options.secrets));
    for (const file of await findExecutables(options.folder, hook))
      await runExecutable({ ...callOf(hook, options, path, context), file, input });
    return undefined;
  };
}

/** Each gets what the one before it made of the value. */
function modifyBy(hook: HookName, options: CheckedOptions, path: string): Tap {
  const { secrets } = options;
  return async (given, context) => {
    let value = given;
    for (const file of await findExecutables(options.folder, hook)) {
      let text = '';
      await runExecutable({
        ...callOf(hook, options, path, context),
        file,
        input: JSON.stringify(payloadOf(value, secrets)),
        stdout: (piece) => {
          text += piece;
        },
      });
      value = changedValue(hook, value, { file, text, secrets });
    }
    return value;
  };
}

function callOf(hook: HookName, options: CheckedOptions, path: string, context: TapContext) {
  return {
    environment: { PATH: path, ...options.environment, OCTOHOST_HOOK: hook },
    signal: context.signal,
    output: (line: string) => context.output(line),
  };
}
