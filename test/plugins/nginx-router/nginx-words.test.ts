import { describe, expect, it } from 'vitest';
import { isGivenUp, seriousLinesIn } from '../../../plugins/nginx-router/error-log.ts';
import { errors } from '../../../plugins/nginx-router/errors.ts';
import { composeConf, nothingLeftOut } from '../../../plugins/nginx-router/nginx-conf.ts';
import { isMasterTitle } from '../../../plugins/nginx-router/processes.ts';
import { featuresIn, startArguments } from '../../../plugins/nginx-router/program.ts';
import { foreignPort } from '../../../plugins/nginx-router/switch-over.ts';
import { blame, complaintIn } from '../../../plugins/nginx-router/trial.ts';
import { defaults, layout, sources } from './sample.ts';

const at = '2026/01/31 12:00:00';
const bind = 'bind() to 127.0.0.1:8080 failed (98: Address already in use)';

describe('the error log', () => {
  it('gives the serious lines of our master alone', () => {
    const ours = [
      `${at} [emerg] 70#70: ${bind}`,
      `${at} [alert] 70#70: worker process 71 exited on signal 9`,
    ];
    const others = [
      `${at} [emerg] 700#700: ${bind}`,
      `${at} [warn] 70#70: conflicting server name`,
      `${at} [alert] 71#71: *1 open socket #3 left in connection 4`,
      '',
    ];
    expect(seriousLinesIn([...others, ...ours].join('\n'), 70)).toEqual(ours);
  });

  it.each([
    { line: `${at} [emerg] 70#70: ${bind}`, given: false },
    { line: `${at} [emerg] 70#70: still could not bind()`, given: true },
    { line: `${at} [emerg] 70#70: bind() to 0.0.0.0:80 failed (13: Permission denied)`, given: true },
    { line: `${at} [emerg] 70#70: unknown directive "x" in /srv/x.conf:1`, given: true },
    { line: `${at} [alert] 70#70: worker process 71 exited on signal 9`, given: false },
    {
      line: `${at} [alert] 70#70: worker process 71 exited with fatal code 2 and cannot be respawned`,
      given: true,
    },
  ])('tells whether the change is given up: $line', ({ line, given }) => expect(isGivenUp(line)).toBe(given));
});

describe('a master process', () => {
  const started = ['nginx', ...startArguments(layout)].join(' ');

  it.each([
    { title: `nginx: master process ${started}`, ours: true },
    { title: 'nginx: master process /usr/sbin/nginx -p /var/lib/octohost/nginx/ -c nginx.conf', ours: true },
    { title: 'nginx: master process nginx -c /var/lib/octohost/nginx/nginx.conf', ours: true },
    {
      title: 'nginx: master process nginx -p /var/lib/octohost/nginx2 -c /var/lib/octohost/nginx2/nginx.conf',
      ours: false,
    },
    { title: 'nginx: master process /usr/sbin/nginx -g daemon on;', ours: false },
    { title: `vi ${started}`, ours: false },
    { title: 'nginx: worker process', ours: false },
    { title: '', ours: false },
  ])('is ours only by its prefix: $title', ({ title, ours }) =>
    expect(isMasterTitle(title, layout)).toBe(ours),
  );
});

describe('what nginx refuses', () => {
  const own = { path: `${layout.operatorDir}/blog.conf`, key: '0a' };
  const composed = composeConf(sources({ own: [own], pem: 'default' }), nothingLeftOut, {
    layout,
    defaults,
    http: { address: '127.0.0.1', port: 80 },
    httpsPort: 443,
    ipv6: true,
    workerShutdownSeconds: 60,
    asRoot: false,
    sticky: true,
    routeChange: 'auto',
  });
  const certificate = `${layout.sitesDir}/${composed.certificate}.pem`;

  it.each([
    { line: `nginx: [emerg] unknown directive "lisen" in ${own.path}:7`, culprit: { own: own.path } },
    {
      line: `nginx: [emerg] open() "${own.path}" failed (13: Permission denied) in ${layout.conf}:120`,
      culprit: { own: own.path },
    },
    {
      line: `nginx: [emerg] cannot load certificate "${certificate}": PEM_read_bio_X509_AUX() failed`,
      culprit: { certificate: composed.certificate },
    },
    { line: `nginx: [emerg] unknown directive "x" in ${layout.conf}:7`, culprit: undefined },
    { line: `nginx: [emerg] unknown directive "x" in ${layout.sitesDir}/a.0123456789abcdef.conf:7` },
    { line: 'nginx: [emerg] unknown "x" variable', culprit: undefined },
  ])('is laid to the file that it names, if it is one of ours: $line', ({ line, culprit }) =>
    expect(blame(composed, ['nginx: [warn] x', line], layout)?.[0]?.culprit).toEqual(culprit),
  );

  it('is told without what nginx writes before it', () => {
    expect(complaintIn(['nginx: [warn] a', `${at} [emerg] 70#70: b "c" in /d:1`])).toBe('b "c" in /d:1');
    expect(complaintIn([])).toBe('nginx gives no reason');
  });

  it('at the start is only another reason where it is about a port of ours', () => {
    const lines = [`${at} [emerg] 70#70: ${bind}`];
    expect(foreignPort(lines, [8080])).toBeUndefined();
    expect(foreignPort(lines, [80, 443])).toBe(bind);
  });
});

describe('what nginx says of itself', () => {
  it.each([
    { version: 'nginx/1.22.1', http2: 'parameter' },
    { version: 'nginx/1.25.0', http2: 'parameter' },
    { version: 'nginx/1.25.1', http2: 'directive' },
    { version: 'nginx/1.28.0 (Ubuntu)', http2: 'directive' },
    { version: 'openresty/1.27.1.2', http2: 'directive' },
  ])('tells how HTTP/2 is asked for: $version', ({ version, http2 }) => {
    const lines = [`nginx version: ${version}`, 'configure arguments: --with-http_v2_module --with-threads'];
    expect(featuresIn(lines, () => true)).toEqual({ http2 });
    expect(featuresIn(lines.slice(0, 1), () => true)).toEqual({});
  });

  it('tells with which modules routes change without a reload, where all of them are there', () => {
    const lines = [
      'nginx version: nginx/1.22.1',
      'configure arguments: --modules-path=/usr/lib/nginx/modules',
    ];
    const [kit, lua] = ['ndk_http_module.so', 'ngx_http_lua_module.so'].map(
      (name) => `/usr/lib/nginx/modules/${name}`,
    );
    expect(featuresIn(lines, () => true)).toEqual({ balancer: [kit, lua] });
    expect(featuresIn(lines, (file) => file !== lua)).toEqual({});
    expect(featuresIn(lines.slice(0, 1), () => true)).toEqual({});
  });
});

describe('the hint of a refused configuration', () => {
  it.each([
    {
      line: 'nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)',
      hint: /^Port 80 needs a right: setcap/,
    },
    { line: 'nginx: [emerg] something else', hint: /modifyRoute/ },
  ])('follows from what nginx says: $line', ({ line, hint }) => {
    expect(errors.E_NGINX_REFUSED({ lines: [line] }).hint).toMatch(hint);
  });
});

describe('the hint of a failed start', () => {
  it.each([
    { line: `nginx: [emerg] ${bind}`, hint: /^Port 8080 is in use/ },
    {
      line: 'nginx: [emerg] bind() to [::]:80 failed (13: Permission denied)',
      hint: /^Port 80 needs a right: setcap/,
    },
    { line: 'nginx: [emerg] something else', hint: /^Try it by hand: nginx -p x/ },
  ])('follows from what nginx says: $line', ({ line, hint }) => {
    expect(errors.E_NGINX_START({ lines: [line], command: ['nginx', '-p', 'x'] }).hint).toMatch(hint);
  });
});
