/** `octohost/testing`: in-memory roles, the lifecycle recorder and the contract suites, for plugins' own tests. */
export {
  type BuilderCapabilities,
  type BuilderFixture,
  type BuilderSample,
  builderContract,
  builderSuite,
} from './contracts/builder.ts';
export { type Disposable, freshDeploy, freshSite, makeRelease, stepContext } from './contracts/fixture.ts';
export {
  type PublisherCapabilities,
  type PublisherFixture,
  publisherContract,
  publisherSuite,
} from './contracts/publisher.ts';
export {
  type RegistrarCapabilities,
  type RegistrarFixture,
  registrarContract,
  registrarSuite,
} from './contracts/registrar.ts';
export {
  type RouterCapabilities,
  type RouterUnderTest,
  routerContract,
  routerSuite,
} from './contracts/router.ts';
export {
  type RuntimeCapabilities,
  type RuntimeCommands,
  type RuntimeFixture,
  type RuntimeImages,
  runtimeContract,
  runtimeSuite,
} from './contracts/runtime.ts';
export { type StoreFixture, storeContract, storeSuite } from './contracts/store.ts';
export { type Check, runSuite, type Suite, type Verdict } from './contracts/suite.ts';
export * from './testing/dev-up.ts';
export * from './testing/memory-builder.ts';
export * from './testing/memory-fixtures.ts';
export type { Behaviour } from './testing/memory-machine.ts';
export * from './testing/memory-plugins.ts';
export * from './testing/memory-publisher.ts';
export * from './testing/memory-registrar.ts';
export * from './testing/memory-router.ts';
export * from './testing/memory-runtime.ts';
export * from './testing/memory-store.ts';
export * from './testing/memory-tree.ts';
export type { Call, Fault, Faults, Observation, Observed } from './testing/observe.ts';
export * from './testing/operation.ts';
export * from './testing/recorder.ts';
