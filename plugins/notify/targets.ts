/** Whom a notice is told: each with a name without secrets, all at the same time, each with its own time. */
import { messageOf } from 'octohost';
import { errors } from './errors.ts';
import { portOf, sendMail } from './mail.ts';
import type { Notice } from './notice.ts';
import type { CheckedMail, CheckedOptions } from './options.ts';
import { postJson } from './post.ts';
import { formsOfPassword, formsOfUrl, hidden, parseUrl, readSecret } from './secrets.ts';
import { slackBody, subjectOf, textOf, webhookBody } from './words.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One that is told; whatever it throws has no secret in it. */
export interface Target {
  readonly name: string;
  tell(notice: Notice, environment: Environment, signal: AbortSignal): Promise<void>;
}

export function targetsOf({ mail, webhook, slack }: CheckedOptions): Target[] {
  return [
    ...(mail ? [mailTarget(mail)] : []),
    ...(webhook ? [hookTarget('webhook', webhook.urlFile, 'OCTO_NOTIFY_WEBHOOK_URL', webhookBody)] : []),
    ...(slack ? [hookTarget('Slack', slack.urlFile, 'OCTO_NOTIFY_SLACK_URL', slackBody)] : []),
  ];
}

/**
 * Tells all of them; none holds up another. Returns their names.
 * @throws E_NOTIFY_UNSENT, which names each that was not reached
 */
export async function tellAll(
  targets: readonly Target[],
  notice: Notice,
  from: { environment: Environment; signal: AbortSignal; seconds: number },
): Promise<readonly string[]> {
  const problems: string[] = [];
  const tellOne = async (target: Target) => {
    const limit = AbortSignal.timeout(from.seconds * 1000);
    const signal = AbortSignal.any([from.signal, limit]);
    await target.tell(notice, from.environment, signal).catch((error: unknown) => {
      const why = limit.aborted ? `no answer within ${from.seconds} s` : messageOf(error);
      problems.push(`${target.name}: ${why}`);
    });
  };
  await Promise.all(targets.map(tellOne));
  if (problems.length > 0) throw errors.E_NOTIFY_UNSENT({ problems: problems.toSorted() });
  return targets.map(({ name }) => name);
}

function mailTarget(server: CheckedMail): Target {
  const { username, passwordFile, host } = server;
  return {
    name: `mail by ${host}:${portOf(server)}`,
    async tell(notice, environment, signal) {
      const password =
        username === undefined
          ? undefined
          : await readSecret(passwordFile, 'OCTO_NOTIFY_MAIL_PASSWORD', environment);
      const secrets = password === undefined ? [] : formsOfPassword(username ?? '', password);
      const mail = { subject: subjectOf(notice), text: textOf(notice) };
      await sendMail({ mail, server, signal, ...(password === undefined ? {} : { password }) }).catch(
        // Without its cause, which holds the words of the server.
        (error: unknown) => Promise.reject(new Error(hidden(messageOf(error), secrets))),
      );
    },
  };
}

function hookTarget(
  name: string,
  file: string | undefined,
  variable: string,
  bodyOf: (notice: Notice) => object,
): Target {
  return {
    name,
    async tell(notice, environment, signal) {
      const url = parseUrl(await readSecret(file, variable, environment), file ?? variable);
      await postJson(url, bodyOf(notice), signal).catch((error: unknown) =>
        Promise.reject(new Error(`${url.host}: ${hidden(messageOf(error), formsOfUrl(url))}`)),
      );
    },
  };
}
