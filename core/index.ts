/** The public API: what is exported here is what plugins, doors and commands may use; everything else is private. */
export { type AccessKey, allows, everySite, type Right } from './access.ts';
export { isSameActor, signedActor } from './actor.ts';
export { apiVersion } from './api-version.ts';
export type { PackedImages } from './backup/images.ts';
export type { Fate } from './backup/plan-restore.ts';
export type { Restored } from './backup/restore.ts';
export { readSnapshot, type SiteSnapshot, type Snapshot } from './backup/snapshot.ts';
export type { Taken, TakeOptions } from './backup/take.ts';
export { parseCertificate } from './certificate.ts';
export { type Allowance, type Config, defineConfig, type ResolvedConfig, resolveConfig } from './config.ts';
export { keptDeploys } from './deploys.ts';
export { asksForWildcard, parseDomains } from './domains.ts';
export * from './engine-interface.ts';
export { errors } from './error-catalogue.ts';
export {
  definedErrors,
  defineErrors,
  type ErrorPlace,
  type ErrorText,
  type ExitCode,
  exitCodes,
  isOctohostError,
  messageOf,
  OctohostError,
} from './errors.ts';
export * from './grammar.ts';
export {
  type HookFacts,
  type LifecycleHooks,
  type LifecycleName,
  lifecycle,
  type ModifierHooks,
  type ModifierName,
  modifiers,
  type PluginHooks,
  type TapContext,
  type TapOptions,
} from './hooks.ts';
export { editDistance, nearest } from './nearest.ts';
export type { HostSide } from './needed-allowance.ts';
export * from './open.ts';
export { isSameOrigin, nameOf as nameOfOrigin } from './origin.ts';
export type { Part } from './parts.ts';
export {
  definePlugin,
  type Installation,
  optionProblems,
  type Plugin,
  type PluginApi,
  pluginCommands,
} from './plugin.ts';
export type {
  CheckFinding,
  CommandArgument,
  CommandFlag,
  CommandRun,
  PluginCheck,
  PluginCommand,
} from './plugin-command.ts';
export { shortestHidden } from './redaction.ts';
export type * from './release.ts';
export * from './roles.ts';
export { schemaVersion } from './schema.ts';
export {
  type GivenService,
  hostAndPort,
  type ServiceDefinition,
  serviceDefinition,
  tagsIn,
} from './service.ts';
export { checkSetting, environmentOf } from './site.ts';
export type { SiteFileKey, ValueSchema } from './site-file-key.ts';
export type { Push, Source, Tree } from './source.ts';
export { takeStrayOutput } from './stray-output.ts';
export type { Reporter } from './world.ts';
