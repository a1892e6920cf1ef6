/** What a pusher says with `git push -o`. Pure. */
import { errors } from './errors.ts';

export interface PushOptions {
  /** Tell what would happen, and do nothing. */
  readonly plan: boolean;
  /** Build without cached layers, even where the tree is the one that runs. */
  readonly force: boolean;
  /** Stop the deploy when the connection to the pusher is lost. */
  readonly cancelOnDrop: boolean;
  /** What the pusher says of it; one line. */
  readonly message?: string;
}

const known = ['plan', 'force', 'message=<text>', 'cancel-on-drop'];
const maxMessage = 200;

/** @throws E_PUSH_OPTION */
export function parsePushOptions(given: readonly string[]): PushOptions {
  const options = { plan: false, force: false, cancelOnDrop: false };
  let message: string | undefined;
  for (const option of given) {
    if (option === 'plan') options.plan = true;
    else if (option === 'force') options.force = true;
    else if (option === 'cancel-on-drop') options.cancelOnDrop = true;
    else if (option.startsWith('message=')) message = parseMessage(option.slice('message='.length));
    else throw errors.E_PUSH_OPTION({ option, problem: `there are ${known.join(', ')}` });
  }
  return { ...options, ...(message ? { message } : {}) };
}

function parseMessage(text: string): string {
  const problem = /\p{Cc}/u.test(text)
    ? 'a message is one line without control characters'
    : text.length > maxMessage
      ? `a message has ${maxMessage} characters at most`
      : undefined;
  if (problem) throw errors.E_PUSH_OPTION({ option: 'message', problem });
  return text.trim();
}
