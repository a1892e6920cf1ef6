/** The contracts of all roles on those in memory. */
import { builderContract } from '../contracts/builder.ts';
import { publisherContract } from '../contracts/publisher.ts';
import { registrarContract } from '../contracts/registrar.ts';
import { routerContract } from '../contracts/router.ts';
import { runtimeContract } from '../contracts/runtime.ts';
import { storeContract } from '../contracts/store.ts';
import {
  builderFixture,
  publisherFixture,
  registrarFixture,
  routerFixture,
  runtimeFixture,
  storeFixture,
} from './memory-fixtures.ts';

builderContract('memoryBuilder', builderFixture);
publisherContract('memoryPublisher', publisherFixture);
registrarContract('memoryRegistrar', registrarFixture);
routerContract('memoryRouter', routerFixture);
runtimeContract('memoryRuntime', runtimeFixture);
storeContract('memoryStore', storeFixture);
