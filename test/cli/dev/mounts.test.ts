import { describe, expect, it } from 'vitest';
import { mountPointsBelow } from '../../../cli/dev/mounts.ts';

const text = [
  '/dev/vda / ext4 rw 0 0',
  'overlay /srv/engine/data/overlay2/a/merged overlay rw,lowerdir=/srv/engine/data/overlay2/l/B 0 0',
  'tmpfs /srv/engine ext4 rw 0 0',
  'nsfs /srv/engine/exec/netns/1 nsfs rw 0 0',
  'tmpfs /srv/engine/data/overlay2/a/merged/dev tmpfs rw 0 0',
  'tmpfs /srv/engine2/data tmpfs rw 0 0',
  'tmpfs /srv/my\\040engine/a\\134b tmpfs rw 0 0',
  '',
].join('\n');

describe('mountPointsBelow', () => {
  it('gives those below the folder, what was mounted last first, and never the folder itself or its neighbour', () => {
    expect(mountPointsBelow(text, '/srv/engine')).toEqual([
      '/srv/engine/data/overlay2/a/merged/dev',
      '/srv/engine/exec/netns/1',
      '/srv/engine/data/overlay2/a/merged',
    ]);
  });

  it('reads escaped characters', () => {
    expect(mountPointsBelow(text, '/srv/my engine')).toEqual(['/srv/my engine/a\\b']);
  });
});
