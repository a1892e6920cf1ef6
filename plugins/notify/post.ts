/** Posts one JSON object. */
import { messageOf } from 'octohost';

/** Resolves when it was taken. A redirection is not followed: it would lead elsewhere with what is said. */
export async function postJson(url: URL, body: object, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal,
  }).catch((error: unknown) => {
    // Its own message is `fetch failed`.
    throw new Error(messageOf((error as Error).cause ?? error));
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}
