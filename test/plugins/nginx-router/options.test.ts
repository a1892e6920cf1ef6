import { describe, expect, it } from 'vitest';
import { type NginxRouterOptions, nginxRouter } from '../../../plugins/nginx-router/index.ts';

describe('the options of nginxRouter', () => {
  it('are all optional', () => {
    expect(nginxRouter().name).toBe('nginx-router');
  });

  it.each([
    { problem: 'prefix: is no absolute path', options: { prefix: 'relative/folder' } },
    { problem: 'maxBodySize: is no size like 1g', options: { maxBodySize: '1 gigabyte' } },
    {
      problem: 'workerShutdownSeconds: is no number of seconds from 1 to 86400',
      options: { workerShutdownSeconds: 0 },
    },
    { problem: 'confirmSeconds: is no number of seconds from 0 to 600', options: { confirmSeconds: -1 } },
    { problem: 'workerProcesses: is no whole number from 1 to 1024', options: { workerProcesses: 1.5 } },
    { problem: 'there is no reload', options: { reload: true } as NginxRouterOptions },
  ])('are refused: $problem', ({ problem, options }) => {
    expect(() => nginxRouter(options)).toThrow(expect.objectContaining({ code: 'E_NGINX_OPTIONS' }));
    expect(() => nginxRouter(options)).toThrow(problem);
  });
});
