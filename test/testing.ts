/** `octohost/testing`: in-memory roles, the lifecycle recorder and the contract suites, for plugins' own tests. */
export { type BuilderFixture, type BuilderSample, builderContract } from './contracts/builder.ts';
export { type Disposable, freshDeploy, freshSite, makeRelease, stepContext } from './contracts/fixture.ts';
export { type PublisherFixture, publisherContract } from './contracts/publisher.ts';
export { type RegistrarFixture, registrarContract } from './contracts/registrar.ts';
export { type RouterUnderTest, routerContract } from './contracts/router.ts';
export {
  type RuntimeCommands,
  type RuntimeFixture,
  type RuntimeImages,
  runtimeContract,
} from './contracts/runtime.ts';
export { type StoreFixture, storeContract } from './contracts/store.ts';
export * from './testing/memory-builder.ts';
export type { Behaviour } from './testing/memory-machine.ts';
export * from './testing/memory-plugins.ts';
export * from './testing/memory-publisher.ts';
export * from './testing/memory-registrar.ts';
export * from './testing/memory-router.ts';
export * from './testing/memory-runtime.ts';
export * from './testing/memory-store.ts';
export * from './testing/memory-tree.ts';
export type { Call, Fault, Faults, Observation, Observed } from './testing/observe.ts';
export * from './testing/recorder.ts';
