import { describe, expect, it } from 'vitest';
import {
  belongsToEngine,
  containerdConfig,
  dockerdArguments,
  engineLayout,
} from '../../../cli/dev/engine-layout.ts';

const engine = engineLayout('/srv/demo/engine');

describe('engineLayout', () => {
  it('keeps every file below its folder', () => {
    const { dir, dockerHost, dockerd, containerd, data, exec, socket } = engine;
    const paths = [data, exec, socket, ...Object.values(dockerd), ...Object.values(containerd)];
    expect(paths.length).toBeGreaterThan(8);
    expect(paths.filter((path) => !path.startsWith(`${dir}/`))).toEqual([]);
    expect(dockerHost).toBe(`unix://${engine.socket}`);
  });

  it('names the bridge after the folder, within the 15 characters that a network interface has', () => {
    expect(engine.bridge).toMatch(/^octo[0-9a-f]{8}$/);
    expect(engineLayout('/srv/demo/engine').bridge).toBe(engine.bridge);
    expect(engineLayout('/srv/demo/engine2').bridge).not.toBe(engine.bridge);
  });

  it.each([{ dir: '/tmp/with space' }, { dir: '/home/Zoë/a-b_c.d+e@f' }, { dir: `/${'a'.repeat(72)}` }])(
    'accepts $dir',
    ({ dir }) => {
      expect(engineLayout(dir).dir).toBe(dir);
    },
  );

  it.each([
    { why: 'too long for its sockets', dir: `/${'a'.repeat(73)}` },
    { why: 'too long in bytes', dir: `/${'ü'.repeat(37)}` },
    { why: 'with a colon', dir: '/tmp/a:b' },
    { why: 'with a comma', dir: '/tmp/a,b' },
    { why: 'with a quote', dir: '/tmp/a"b' },
    { why: 'with a backslash', dir: '/tmp/a\\b' },
    { why: 'with a line break', dir: '/tmp/a\nb' },
    { why: 'that is relative', dir: 'tmp/a' },
    { why: 'that is the root', dir: '/' },
  ])('refuses a folder $why', ({ dir }) => {
    expect(() => engineLayout(dir)).toThrow(expect.objectContaining({ code: 'E_ENGINE_FOLDER' }));
  });
});

describe('dockerdArguments', () => {
  const args = dockerdArguments(engine);

  it.each(['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--ip-forward=false'])(
    'leaves the firewall and the kernel alone: %s',
    (argument) => {
      expect(args).toContain(argument);
    },
  );

  it('uses its own configuration, containerd and bridge, never the defaults of another engine', () => {
    expect(args).toContain(`--config-file=${engine.dockerd.config}`);
    expect(args).toContain(`--containerd=${engine.containerd.socket}`);
    expect(args).toContain(`--bridge=${engine.bridge}`);
    expect(args.filter((argument) => argument.startsWith('--host='))).toEqual([
      `--host=${engine.dockerHost}`,
    ]);
  });
});

describe('containerdConfig', () => {
  it('quotes its paths', () => {
    const text = containerdConfig(engineLayout('/tmp/with space'));
    expect(text).toContain('root = "/tmp/with space/containerd/root"');
    expect(text).toContain('address = "/tmp/with space/containerd.sock"');
  });
});

describe('belongsToEngine', () => {
  it.each([
    { what: 'its dockerd', argv: ['/usr/sbin/dockerd', ...dockerdArguments(engine)], own: true },
    { what: 'its containerd', argv: ['containerd', '--config', engine.containerd.config], own: true },
    { what: 'its shim', argv: ['shim', '-id', 'abc', '-address', engine.containerd.socket], own: true },
    { what: 'another dockerd', argv: dockerdArguments(engineLayout('/srv/demo/engine2')), own: false },
    { what: 'another shim', argv: ['shim', '-address', '/run/containerd/containerd.sock'], own: false },
    { what: 'who reads its log', argv: ['tail', '-f', engine.dockerd.log], own: false },
    { what: 'a kernel thread', argv: [''], own: false },
  ])('says $own for $what', ({ argv, own }) => {
    expect(belongsToEngine(engine, argv)).toBe(own);
  });
});
