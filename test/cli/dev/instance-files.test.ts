import { describe, expect, it } from 'vitest';
import { configText } from '../../../cli/dev/instance-files.ts';

const facts = {
  dataDir: '/x/da"ta',
  user: 'me',
  httpPort: 8080,
  httpsPort: 8443,
  domainSuffix: 'localhost',
  dockerHost: 'unix:///x/d.sock',
  authorizedKeys: '/x/s"sh/authorized_keys',
  sshdConfig: '/x/s"sh/sshd_config',
};

describe("a private instance's configuration", () => {
  it('names the built-in plugins and quotes what it is given', () => {
    const text = configText(facts);
    expect(text).toContain(`dataDir: "/x/da\\"ta"`);
    expect(text).toContain(`import { nginxRouter } from 'octohost/plugins/nginx-router';`);
    expect(text).toContain('nginxRouter(),');
  });

  it("takes the plugins of the operator's own file, with the instance's folder, port and engine", () => {
    const text = configText({ ...facts, base: '/etc/my.config.ts' });
    expect(text).toContain('import base from "/etc/my.config.ts";');
    for (const own of [
      'dataDir',
      'ssh: { authorizedKeys: "/x/s\\"sh/authorized_keys", sshdConfig: "/x/s\\"sh/sshd_config" }',
    ])
      expect(text.indexOf(own)).toBeGreaterThan(text.indexOf('...base'));
    expect(text).toContain('environment: { ...base.environment, DOCKER_HOST');
  });
});
