/** Wrong plugins do not compile: `tsc` reads this file, and an error that is expected and missing is an error. */
import { expectTypeOf, it } from 'vitest';
import {
  type Config,
  definePlugin,
  type Image,
  type Instance,
  type Received,
  type Release,
  type Routed,
} from '../../core/index.ts';

it('each rung of the ladder shows its own facts, and no later ones', () => {
  expectTypeOf<Routed['release']>().toEqualTypeOf<Release>();
  expectTypeOf<Routed['instances']>().toEqualTypeOf<readonly Instance[]>();
  expectTypeOf<Routed['image']>().toEqualTypeOf<Image>();
  expectTypeOf<Received>().not.toHaveProperty('image');
});

it('the defaults of all sites have the keys of a site file, less those of one site', () => {
  const defaults: NonNullable<Config['defaults']> = {
    instances: 2,
    memory: '256m',
    check: { timeout: 5 },
    routing: { sticky: true, template: 'plain' },
    environment: { TZ: 'UTC', DEBUG: true },
  };
  // @ts-expect-error a port is one site's own
  defaults.port = 80;
  // @ts-expect-error a number of instances
  defaults.instances = 'many';
  expectTypeOf(defaults).not.toHaveProperty('domains');
});

it('a plugin is checked where it is written', () => {
  definePlugin({
    name: 'wrong',
    setup({ hooks, provide }) {
      // @ts-expect-error the image does not exist before it is built
      hooks.received.tap('early', (received) => void received.image);
      // @ts-expect-error facts are frozen
      hooks.routed.tap('write', (routed) => void routed.urls.push('x'));
      // @ts-expect-error there is no such hook
      hooks.deployed?.tap('x', () => {});
      // @ts-expect-error a modifier gives the whole value back
      hooks.modifyBuild.tap('half', () => ({ noCache: true }));
      // @ts-expect-error a builder can say whether it accepts a source
      provide('builder', {
        builds: 'nothing',
        build: async () => ({ id: '', ports: [], volumes: [] }),
        discard: async () => {},
      });
      // @ts-expect-error there is no such role
      provide('proxy', {});
    },
  });
});
