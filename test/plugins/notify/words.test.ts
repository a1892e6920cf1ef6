import { describe, expect, it } from 'vitest';
import { OctohostError, parseSiteName } from '../../../core/index.ts';
import { deployedNotice, failureNotice, testNotice } from '../../../plugins/notify/notice.ts';
import { slackBody, subjectOf, textOf, webhookBody } from '../../../plugins/notify/words.ts';

const site = parseSiteName('app');
const deployment = {
  deploy: 'mhx3k2p9a41f0c',
  site,
  reason: 'deploy',
  actor: 'deploy key alice',
} as const;
const previous = { number: 4 } as never;
const error = (code: string, more: object = {}) =>
  new OctohostError(code, { message: 'It never answered.', hint: 'Look at its log.', ...more });

const silent = failureNotice(
  { ...deployment, previous, error: error('E_CHECK_SILENT', { details: ['listening', 'on 8081'] }) },
  'host1',
);

describe('a notice of a failure', () => {
  const eventOf = (code: string, place: object = {}) =>
    failureNotice({ ...deployment, error: Object.assign(error(code), place) }, 'host1').event;

  it('is of a start where the step start failed, of a cancelled deploy where somebody wanted it, else of a deploy', () => {
    expect(eventOf('E_CHECK_SILENT', { step: 'start' })).toBe('start-failed');
    expect(eventOf('E_BUILD', { step: 'build' })).toBe('deploy-failed');
    expect(eventOf('E_CANCELLED', { step: 'start' })).toBe('cancelled');
    expect(eventOf('E_ABORTED')).toBe('cancelled');
  });

  it('has what any error has that is no error of octohost', () => {
    const notice = failureNotice({ ...deployment, error: new Error('broken\nin two') }, 'host1');
    expect(notice).toMatchObject({ event: 'deploy-failed', error: { message: 'broken · in two' } });
    expect(notice.error).not.toHaveProperty('code');
  });

  it('names the site at fault only where it is another', () => {
    const of = (name: string) =>
      failureNotice({ ...deployment, error: Object.assign(error('E_X'), { site: name }) }, 'host1').error
        ?.site;
    expect(of('app')).toBeUndefined();
    expect(of('other')).toBe('other');
  });
});

describe('a mail', () => {
  it('says what happened, what serves, who it was and what to type', () => {
    expect(subjectOf(silent)).toBe('[octohost host1] app: the deploy failed (E_CHECK_SILENT)');
    expect(textOf(silent)).toBe(
      [
        'app on host1: the deploy failed',
        '',
        'It never answered.',
        '    listening',
        '    on 8081',
        '',
        'Site:      app',
        'Release:   4 serves on',
        'Who:       deploy key alice',
        'Why:       deploy',
        'Deploy:    mhx3k2p9a41f0c',
        'Error:     E_CHECK_SILENT',
        'Try:       Look at its log.',
        'Next:      octo attach mhx3k2p9a41f0c',
        '',
      ].join('\n'),
    );
  });

  it('has no control character of a log, an actor or a host in it', () => {
    const odd = failureNotice(
      { ...deployment, actor: 'a\r\nBcc: x@y.z', error: error('E_X', { details: ['\u001b[31mred\u0000'] }) },
      'h\ro',
    );
    expect(subjectOf(odd)).not.toMatch(/[\r\n]/);
    expect(textOf(odd).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(textOf(odd)).toContain('Who:       a Bcc: x@y.z\n');
  });

  it('of a first deploy says that none serves', () => {
    expect(textOf(failureNotice({ ...deployment, error: error('E_X') }, 'host1'))).toContain('none serves');
  });
});

it('a deploy that went well is told with its release and its address', () => {
  const release = { number: 5 } as never;
  const settled = { ...deployment, outcome: 'current', steps: [], release } as const;
  const notice = deployedNotice({ ...settled, urls: ['http://app.localhost'] }, 'host1');
  expect(notice).toMatchObject({ event: 'deployed', release: 5, urls: ['http://app.localhost'] });
  expect(textOf(notice)).toMatch(/Release: {3}5 serves\n(?:.*\n)*Answers at: http:\/\/app.localhost\n/);
  const addressless = textOf(deployedNotice({ ...settled, urls: [] }, 'host1'));
  expect(addressless).toContain('Release:   5 serves');
  expect(addressless).not.toContain('Answers at');
});

describe('a message for Slack', () => {
  it('mentions nobody, makes no link, and closes its block', () => {
    const { text } = slackBody(
      failureNotice(
        {
          ...deployment,
          actor: '<!channel>',
          error: error('E_X', { details: ['a ``` b', '<http://x|y> & z'] }),
        },
        'host1',
      ),
    );
    expect(text).toContain('Who: &lt;!channel&gt;');
    expect(text).toContain("```a ''' b\n&lt;http://x|y&gt; &amp; z```");
    expect(text.match(/```/g)).toHaveLength(2);
  });

  it('is short, however much was said', () => {
    const long = 'x'.repeat(5000);
    const details = Array.from({ length: 100 }, () => long);
    const notice = failureNotice({ ...deployment, error: error('E_X', { message: long, details }) }, 'host1');
    expect(slackBody(notice).text.length).toBeLessThan(4000);
    expect(slackBody(notice).text).toMatch(/x```$/);
  });
});

it('a webhook gets the notice as it is', () => {
  expect(JSON.parse(JSON.stringify(webhookBody(silent)))).toEqual({
    headline: 'app on host1: the deploy failed',
    event: 'deploy-failed',
    host: 'host1',
    site: 'app',
    actor: 'deploy key alice',
    deploy: 'mhx3k2p9a41f0c',
    reason: 'deploy',
    release: 4,
    error: {
      code: 'E_CHECK_SILENT',
      message: 'It never answered.',
      hint: 'Look at its log.',
      details: ['listening', 'on 8081'],
    },
    command: 'octo attach mhx3k2p9a41f0c',
  });
});

it('a test says that it is one', () => {
  const notice = testNotice('root on host1', 'host1');
  expect(subjectOf(notice)).toBe('[octohost host1] this is a test of notify');
  expect(textOf(notice)).toBe(
    'this is a test of notify on host1\n\nWho:       root on host1\nNext:      octo status\n',
  );
});
