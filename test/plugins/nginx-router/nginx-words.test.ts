import { describe, expect, it } from 'vitest';
import { isGivenUp, seriousLinesIn } from '../../../plugins/nginx-router/error-log.ts';
import { errors } from '../../../plugins/nginx-router/errors.ts';
import { nginxLayout } from '../../../plugins/nginx-router/layout.ts';
import { isMasterTitle } from '../../../plugins/nginx-router/processes.ts';
import { culpritIn, startArguments } from '../../../plugins/nginx-router/program.ts';

const layout = nginxLayout('/srv/octo/nginx');
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
    { title: 'nginx: master process /usr/sbin/nginx -p /srv/octo/nginx/ -c nginx.conf', ours: true },
    { title: 'nginx: master process nginx -c /srv/octo/nginx/nginx.conf', ours: true },
    { title: 'nginx: master process nginx -p /srv/octo/nginx2 -c /srv/octo/nginx2/nginx.conf', ours: false },
    { title: 'nginx: master process /usr/sbin/nginx -g daemon on;', ours: false },
    { title: `vi ${started}`, ours: false },
    { title: 'nginx: worker process', ours: false },
    { title: '', ours: false },
  ])('is ours only by its prefix: $title', ({ title, ours }) =>
    expect(isMasterTitle(title, layout)).toBe(ours),
  );
});

describe('a refused configuration', () => {
  const own = `${layout.operatorDir}/blog.conf`;

  it.each([
    { line: `nginx: [emerg] unknown directive "lisen" in ${own}:7`, culprit: { file: own, line: 7 } },
    {
      line: `nginx: [emerg] open() "${own}" failed (13: Permission denied) in ${layout.conf}:120`,
      culprit: { file: own, line: 120 },
    },
    { line: `nginx: [emerg] unknown directive "x" in ${layout.conf}:7`, culprit: undefined },
    { line: `nginx: [warn] conflicting server name "a" in ${own}:7`, culprit: undefined },
  ])("is the operator's file where nginx says so: $line", ({ line, culprit }) =>
    expect(culpritIn([line], layout)).toEqual(culprit),
  );

  it('names the file, and what to do', () => {
    const error = errors.E_NGINX_REFUSED({ lines: ['line'], culprit: { file: own, line: 7 } });
    expect(error.message).toContain(`${own}, line 7`);
    expect(error.hint).toMatch(/move it away/);
    expect(error.details).toEqual(['line']);
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
