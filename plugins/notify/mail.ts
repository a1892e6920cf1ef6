/** Hands one mail to an SMTP server. */
import { once } from 'node:events';
import { Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type { CheckedMail } from './options.ts';

export interface Mail {
  readonly subject: string;
  readonly text: string;
}

export interface Sending {
  readonly mail: Mail;
  readonly server: CheckedMail;
  readonly password?: string;
  /** Aborted: the connection is closed at once. */
  readonly signal: AbortSignal;
}

const usualPorts = { starttls: 587, tls: 465, none: 25 } as const;

export function portOf({ port, security }: CheckedMail): number {
  return port ?? usualPorts[security];
}

/** Resolves when the server has taken it. Throws what the server said, or the signal's reason. */
export async function sendMail({ mail, server, password, signal }: Sending): Promise<void> {
  const { host, security, username, from, to } = server;
  const port = portOf(server);
  // A socket of our own: nodemailer's cannot be closed from outside.
  const socket = new Socket({ signal });
  socket.on('error', () => {});
  try {
    socket.connect(port, host);
    await once(socket, 'connect', { signal });
    const transport = createTransport({
      connection: socket,
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(username === undefined ? {} : { auth: { user: username, pass: password ?? '' } }),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    await Promise.race([transport.sendMail({ from, to: [to].flat(), ...mail }), rejectedBy(signal)]);
  } finally {
    socket.destroy();
  }
}

async function rejectedBy(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  await once(signal, 'abort');
  throw signal.reason;
}
