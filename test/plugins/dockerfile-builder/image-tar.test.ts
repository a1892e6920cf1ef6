import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { namesInTar } from '../../../plugins/dockerfile-builder/image-tar.ts';

function tarOf(files: Record<string, string>): Readable {
  const packed = pack();
  for (const [name, content] of Object.entries(files)) packed.entry({ name }, content);
  packed.finalize();
  return packed as unknown as Readable;
}

const annotated = (key: string) => JSON.stringify({ manifests: [{ annotations: { [key]: 'busybox:1' } }] });

describe('the names that a tar of images would give', () => {
  it.each([
    { what: 'its manifest', files: { 'manifest.json': '[{"RepoTags":["busybox:1"]}]' } },
    ...[
      './manifest.json',
      '/manifest.json',
      '//manifest.json',
      'a/../manifest.json',
      'link/manifest.json',
    ].map((path) => ({
      what: `its manifest, as ${path}`,
      files: { [path]: '[{"RepoTags":["busybox:1"]}]' },
    })),
    { what: 'its list of repositories', files: { repositories: '{"busybox:1":{}}' } },
    { what: 'its index', files: { 'index.json': annotated('io.containerd.image.name') } },
    {
      what: 'its index, as a reference',
      files: { 'index.json': annotated('org.opencontainers.image.ref.name') },
    },
    {
      what: 'the second of two manifests',
      files: { 'a/layer.tar': 'x', 'manifest.json': '[{"RepoTags":null},{"RepoTags":["busybox:1"]}]' },
    },
  ])('are found in $what', async ({ files }) => {
    expect(await namesInTar(tarOf(files as Record<string, string>))).toEqual(['busybox:1']);
  });

  it('are none where images are packed by their ids', async () => {
    const files = {
      'x.json': '{}',
      'manifest.json': '[{"Config":"x.json","RepoTags":null}]',
      'index.json': '{}',
    };
    expect(await namesInTar(tarOf(files))).toEqual([]);
  });

  it('are not to be had of what is no tar, or has a manifest that is none', async () => {
    await expect(namesInTar(Readable.from([Buffer.from('x'.repeat(600))]))).rejects.toThrow();
    await expect(namesInTar(tarOf({ 'manifest.json': 'x' }))).rejects.toThrow();
    await expect(namesInTar(tarOf({ 'index.json': ' '.repeat(5 * 1024 * 1024) }))).rejects.toThrow(
      'too large',
    );
  });
});
