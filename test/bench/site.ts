/** The site that is measured: one file that changes, served by busybox. */
import { request } from 'node:http';
import { baseImage } from '../../cli/dev/busybox-image.ts';

/**
 * The files of a site that shows the text. It ends at once: as the first process of a container, busybox's httpd would
 * hear nothing but a kill, ten seconds later. Pure.
 */
export function siteFiles(text: string): Record<string, string> {
  const dockerfile = [
    `FROM ${baseImage}`,
    'COPY index.html /www/',
    'EXPOSE 8080',
    'STOPSIGNAL SIGKILL',
    'CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]',
    '',
  ];
  return { Dockerfile: dockerfile.join('\n'), 'index.html': text };
}

export interface Asked {
  readonly port: number;
  readonly host: string;
  readonly text: string;
}

/** Asks every two milliseconds until the text is the answer; gives up after a minute. */
export async function untilAnswers(asked: Asked): Promise<void> {
  const until = Date.now() + 60_000;
  while ((await body(asked)) !== asked.text) {
    if (Date.now() > until) throw new Error(`${asked.host} did not answer ${asked.text} within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function body({ port, host }: Asked): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', headers: { host }, agent: false }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => {
        text += data.toString();
      });
      response.on('end', () => resolve(text));
      response.on('error', () => resolve(''));
    });
    sent.on('error', () => resolve(''));
    sent.end();
  });
}
