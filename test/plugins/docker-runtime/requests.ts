/** Start requests for tests. */
import { type InstanceSpec, parseSiteName, type StartRequest } from '../../../core/index.ts';

export function startRequest(
  spec: Partial<InstanceSpec> = {},
  more: Partial<Omit<StartRequest, 'spec'>> = {},
): StartRequest {
  return {
    spec: {
      site: parseSiteName('app'),
      image: 'sha256:1',
      environment: {},
      ports: [],
      volumes: [],
      generation: 0,
      ...spec,
    },
    digest: 'd1',
    release: 7,
    deploy: '01abc',
    index: 2,
    bindings: [],
    ...more,
  };
}
