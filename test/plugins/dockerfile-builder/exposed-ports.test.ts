// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the Dockerfile's variables
import { describe, expect, it } from 'vitest';
import { exposedPorts, isEmptyDockerfile } from '../../../plugins/dockerfile-builder/exposed-ports.ts';

const ports = (lines: string[], given: Record<string, string> = {}) =>
  exposedPorts(lines.join('\n'), given).map(({ port, protocol }) => `${port}/${protocol}`);

describe('The exposed ports of a Dockerfile', () => {
  it.each([
    { name: 'keep their order', lines: ['EXPOSE 90 80', 'EXPOSE 70'], is: ['90/tcp', '80/tcp', '70/tcp'] },
    { name: 'have a protocol', lines: ['EXPOSE 53/udp 54/TCP'], is: ['53/udp', '54/tcp'] },
    { name: 'may be a range', lines: ['EXPOSE 80-82/udp'], is: ['80/udp', '81/udp', '82/udp'] },
    { name: 'go on behind a line end', lines: ['EXPOSE 1 \\', '# no', ' 2'], is: ['1/tcp', '2/tcp'] },
    { name: 'may be in quotes', lines: ['EXPOSE "80" \'81\''], is: ['80/tcp', '81/tcp'] },
    { name: 'may come from ENV', lines: ['ENV P=80', 'ENV Q=$P', 'EXPOSE $Q/udp'], is: ['80/udp'] },
    { name: 'see no ENV of the same line', lines: ['ENV P=80 Q=$P', 'EXPOSE $Q 81'], is: ['81/tcp'] },
    { name: 'may come from the old ENV', lines: ['ENV PORT 8080', 'EXPOSE $PORT'], is: ['8080/tcp'] },
    { name: 'may come from ARG', lines: ['ARG P=80', 'EXPOSE ${P}'], is: ['80/tcp'] },
    { name: 'are several in one variable', lines: ['ENV P="80 81"', 'EXPOSE $P'], is: ['80/tcp', '81/tcp'] },
    { name: 'may have a default', lines: ['EXPOSE ${P:-80} ${P:+81}'], is: ['80/tcp'] },
    { name: 'are left out where the base image knows them', lines: ['EXPOSE $P 81'], is: ['81/tcp'] },
    { name: 'are left out where they are none', lines: ['EXPOSE 0 65536 9-8 x 80/sctp 1'], is: ['1/tcp'] },
    { name: 'are not those of a trigger', lines: ['ONBUILD EXPOSE 80'], is: [] },
    {
      name: 'are not those of an earlier stage',
      lines: ['EXPOSE 80', 'FROM y', 'EXPOSE 81'],
      is: ['81/tcp'],
    },
  ])('$name', ({ lines, is }) => {
    expect(ports(['FROM x', ...lines])).toEqual(is);
  });

  it('see an ARG before the first FROM only where the stage asks for it', () => {
    expect(ports(['ARG P=80', 'FROM x', 'EXPOSE $P'])).toEqual([]);
    expect(ports(['ARG P=80', 'FROM x', 'ARG P', 'EXPOSE $P'])).toEqual(['80/tcp']);
  });

  it('take a given build argument over its default, and ENV over both', () => {
    expect(ports(['FROM x', 'ARG P=80', 'EXPOSE $P'], { P: '90' })).toEqual(['90/tcp']);
    expect(ports(['FROM x', 'ENV P=70', 'ARG P=80', 'EXPOSE $P'], { P: '90' })).toEqual(['70/tcp']);
  });

  it('ignore a given argument that no ARG declares', () => {
    expect(ports(['FROM x', 'EXPOSE $P'], { P: '90' })).toEqual([]);
  });

  it('see what the stage knew that theirs is made from', () => {
    expect(ports(['FROM x AS Base', 'ENV P=80', 'FROM base', 'EXPOSE $P'])).toEqual(['80/tcp']);
  });

  it('stay few and quick, however large the file says they are', () => {
    const doubling = ['ENV A=1234567890', ...Array.from({ length: 60 }, () => 'ENV A=$A$A'), 'EXPOSE $A 81'];
    expect(ports(['FROM x', ...doubling])).toEqual(['81/tcp']);
    expect(ports(['FROM x', `EXPOSE${' 1-65535'.repeat(1000)}`])).toHaveLength(131_070);
  });

  it('obey the escape directive', () => {
    expect(ports(['# escape=`', 'FROM x', 'EXPOSE 1 `', ' 2'])).toEqual(['1/tcp', '2/tcp']);
  });
});

describe('A Dockerfile', () => {
  it.each([
    { text: '', empty: true },
    { text: '# only this\n\n', empty: true },
    { text: 'FROM x', empty: false },
    { text: 'nonsense', empty: false },
  ])('of $text is empty: $empty', ({ text, empty }) => {
    expect(isEmptyDockerfile(text)).toBe(empty);
  });
});
