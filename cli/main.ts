/** What `octo` does with a command line. What must be quick, or must not load the commands, leaves here early. */
import { readPackage } from './program.ts';

/** Does what the command line of this process says, and ends the process. */
export async function main(): Promise<never> {
  // Node's own words are not for what a plugin's fork() starts: that is another program, and not octohost's snapshot.
  process.execArgv.splice(0);

  // A reader or a pusher that goes away must not end what runs.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });

  // Timers that plugins wait for may not keep the process alive; the work does, until it is done.
  setInterval(() => {}, 60_000);

  await run(process.argv.slice(2));

  // A plugin may have left a connection open: the work is done, so the process ends once all is written.
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => void stream.write('', () => resolve()));
  process.exit();
}

async function run(argv: readonly string[]): Promise<void> {
  // Known before anything is loaded, and by the processes that go on in the background.
  if (argv.slice(0, [...argv, '--'].indexOf('--')).includes('--no-plugins'))
    process.env['OCTO_NO_PLUGINS'] = '1';

  if (argv[0] === 'door:serve') {
    const { serve } = await import('./door/serve.ts');
    process.exitCode = await serve(argv.slice(1));
  } else if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`octohost ${readPackage().version}\n`);
  } else {
    const { start } = await import('./start.ts');
    await start(argv);
  }
}
