/**
 * The site under load. Environment: VERSION; LISTEN_AFTER_MS; ON_SIGTERM = finish (ends when all is answered), ignore, drop
 * (closes its listener and every connection at once); BROKEN = exit (ends before it listens), silent (never listens).
 *
 * GET / · GET /slow?ms= (answers after that time) · GET /events?ms= (server-sent events) · POST /upload (answers with the
 * number of bytes) · Upgrade: websocket (sends every frame back). Every answer tells the version.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const { VERSION = '', LISTEN_AFTER_MS = '0', ON_SIGTERM = 'finish', BROKEN } = process.env;
const eventEveryMs = 100;

if (BROKEN === 'exit') {
  process.stdout.write('broken on purpose\n');
  process.exit(1);
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
  const ms = Number(searchParams.get('ms') ?? 0);
  response.setHeader('x-version', VERSION);
  if (pathname === '/slow') setTimeout(() => response.end(VERSION), ms);
  else if (pathname === '/events') sendEvents(response);
  else if (pathname === '/upload') void count(request, response);
  else response.end(VERSION);
});

function sendEvents(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${VERSION}\n\n`);
  const timer = setInterval(() => response.write(`data: ${VERSION}\n\n`), eventEveryMs);
  response.on('close', () => clearInterval(timer));
}

async function count(request, response) {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.end(String(bytes));
}

server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, `x-version: ${VERSION}`, '', ''].join('\r\n'));
  socket.on('data', (chunk) => socket.write(chunk));
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
});

process.on('SIGTERM', () => {
  if (ON_SIGTERM === 'ignore') return;
  server.close(() => process.exit(0));
  if (ON_SIGTERM !== 'drop') return;
  server.closeAllConnections();
  setTimeout(() => process.exit(0), 1000);
});

if (BROKEN !== 'silent') setTimeout(() => server.listen(8080), Number(LISTEN_AFTER_MS));
else setInterval(() => {}, 1000);
