/** The catalog in the installation's own store. */
import type { Plugin } from '../../core/index.ts';
import { createEmbeddedRegistrar } from './registrar.ts';

/** Provides the role registrar. */
export function embeddedRegistrar(): Plugin {
  return {
    name: 'embedded-registrar',
    setup(api) {
      api.provide(
        'registrar',
        createEmbeddedRegistrar(() => api.role('store')),
      );
    },
  };
}
