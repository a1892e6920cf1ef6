/** What nginx goes by, as it is on disk. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Its configuration, and behind that the table of instances that this names, if it does. @param dir of the instance */
export async function nginxText(dir: string): Promise<string> {
  const folder = join(dir, 'data/nginx');
  const conf = await readFile(join(folder, 'nginx.conf'), 'utf8');
  const table = /^# routes: .* (\S+)$/m.exec(conf)?.[1];
  return table === undefined ? conf : conf + (await readFile(join(folder, 'routes', table), 'utf8'));
}
