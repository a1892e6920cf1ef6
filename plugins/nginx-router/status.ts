/** Asks the nginx that serves: over its status socket, which leads to whichever worker takes the connection. */
import { request } from 'node:http';
import type { NginxLayout } from './layout.ts';

const patienceMs = 1000;

/** The generation of the configuration that answers; undefined where nothing does. */
export async function generationInForce(layout: NginxLayout): Promise<string | undefined> {
  return ask(layout, '/generation');
}

/** What the configuration that answers is without its table of live routes; undefined where it has none. */
export async function structureInForce(layout: NginxLayout): Promise<string | undefined> {
  return ask(layout, '/structure');
}

/** Tells all workers to go by the table that nginx.conf names. False where nothing answers, or there are no tables. */
export async function announceRoutes(layout: NginxLayout): Promise<boolean> {
  return (await ask(layout, '/reread')) !== undefined;
}

/** The pid of a worker that accepts connections; undefined where none does. */
export async function answeringWorker(layout: NginxLayout): Promise<number | undefined> {
  const pid = Number(await ask(layout, '/worker'));
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

function ask(layout: NginxLayout, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const silent = () => resolve(undefined);
    const options = { socketPath: layout.statusSocket, path, agent: false, timeout: patienceMs };
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? text.trim() : undefined));
      response.on('error', silent);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', silent);
    asked.end();
  });
}
