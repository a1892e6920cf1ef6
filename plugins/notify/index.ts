/** Tells by mail, webhook or Slack when a start or a deploy has failed; best effort, within a time limit. */
import { hostname } from 'node:os';
import { type Installation, optionProblems, type Plugin } from 'octohost';
import { errors } from './errors.ts';
import { deployedNotice, failureNotice, type Notice, testNotice } from './notice.ts';
import { type NotifyOptions, schema } from './options.ts';
import { targetsOf, tellAll } from './targets.ts';

export type { EventName, MailOptions, NotifyOptions, WebhookOptions } from './options.ts';

/** Taps failed and settled; provides no role; brings `octo notify:test`. Throws E_NOTIFY_OPTIONS. */
export function notify(options: NotifyOptions): Plugin {
  const checked = schema.safeParse(options);
  if (!checked.success) throw errors.E_NOTIFY_OPTIONS({ problems: optionProblems(checked.error) });
  const { events, timeoutSeconds: seconds } = checked.data;
  const targets = targetsOf(checked.data);
  let environment: Installation['environment'] = {};
  const tell = (notice: Notice, signal: AbortSignal) =>
    tellAll(targets, notice, { environment, signal, seconds });
  const tellOf = async (notice: Notice, signal: AbortSignal) => {
    if (notice.event !== 'test' && events.includes(notice.event)) await tell(notice, signal);
  };
  // Each target has its own time; the tap's is for what does not keep to it.
  const limit = { timeoutSeconds: seconds + 5 };
  return {
    name: 'notify',
    api: '^1.0.0',
    commands: [
      {
        name: 'notify:test',
        summary: 'Tell everybody whom notify tells that this is a test.',
        async run(context) {
          const told = await tell(testNotice(context.actor, hostname()), context.signal);
          for (const name of told) context.print(`told: ${name}`);
          return { told };
        },
      },
    ],
    setup({ hooks, installation }) {
      ({ environment } = installation);
      hooks.failed.tap(
        'tell',
        (failed, { signal }) => tellOf(failureNotice(failed, hostname()), signal),
        limit,
      );
      // Told last, and of sites without an address too.
      hooks.settled.tap(
        'tell',
        async (settled, { signal }) => {
          if (settled.outcome === 'current') await tellOf(deployedNotice(settled, hostname()), signal);
        },
        limit,
      );
    },
  };
}
