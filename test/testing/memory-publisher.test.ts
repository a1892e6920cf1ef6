import { freshSite, makeRelease } from '../contracts/fixture.ts';
import { publisherContract } from '../contracts/publisher.ts';
import { memoryPublisher } from '../testing.ts';

const image = (digit: string) => ({ id: `sha256:${digit.repeat(64)}`, ports: [], volumes: [] });

publisherContract('memoryPublisher', async () => {
  const publisher = memoryPublisher();
  const site = freshSite();
  return {
    publisher,
    releases: [makeRelease(site, image('a')), makeRelease(site, image('b'), { number: 2 })],
    other: makeRelease(freshSite(), image('c')),
    digestOf: async (name) => publisher.published.get(name)?.split('@')[1],
    isHere: async (reference) => publisher.pulled.has(reference),
    forget: async () => {},
    dispose: async () => {},
  };
});
