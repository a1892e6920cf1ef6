/** Where `octo` starts, unless it starts from a snapshot. */
import { main } from '../main.ts';

await main();
