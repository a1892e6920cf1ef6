import { describe, expect, it } from 'vitest';
import { fleetingVolumes, imageFacts } from '../../../plugins/shared/docker-image.ts';

const tcp = (port: number) => ({ port, protocol: 'tcp' as const });
const image = (ports: string[], volumes: string[] = []) => ({
  Id: 'sha256:1',
  Config: {
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    Volumes: Object.fromEntries(volumes.map((path) => [path, {}])),
  },
});

describe('The facts of an image', () => {
  it('have the named ports first, then the others by number', () => {
    const { ports } = imageFacts(image(['80/tcp', '53/udp', '9000/tcp', '53/tcp']), [tcp(9000)]);
    expect(ports).toEqual([tcp(9000), tcp(53), { port: 53, protocol: 'udp' }, tcp(80)]);
  });

  it('have no port that the image does not have, and none twice', () => {
    expect(imageFacts(image(['80/tcp']), [tcp(81), tcp(80), tcp(80)]).ports).toEqual([tcp(80)]);
  });

  it('leave out ports of other protocols', () => {
    expect(imageFacts(image(['80/sctp', '81/tcp'])).ports).toEqual([tcp(81)]);
  });

  it('have each volume once, by its plain path', () => {
    expect(imageFacts(image([], ['/data/', '/data', '/b/../a'])).volumes).toEqual(['/a', '/data']);
  });

  it('have no volume whose path is not absolute, and name it', () => {
    const odd = image([], ['rel', '/data']);
    expect({ kept: imageFacts(odd).volumes, fleeting: fleetingVolumes(odd) }).toEqual({
      kept: ['/data'],
      fleeting: ['rel'],
    });
  });

  it('are there for an image without any', () => {
    expect(imageFacts({ Id: 'sha256:1', Config: { ExposedPorts: null, Volumes: null } })).toEqual({
      id: 'sha256:1',
      ports: [],
      volumes: [],
    });
  });
});
