/** Where `octo` starts, unless it starts from its startup snapshot. */
import { main } from '../main.ts';

await main();
