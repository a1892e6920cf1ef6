import { describe, expect, it } from 'vitest';
import { parsePushOptions } from '../../../cli/door/push-options.ts';

describe('the options of a push', () => {
  it('are all off where none is given', () => {
    expect(parsePushOptions([])).toEqual({ plan: false, force: false, cancelOnDrop: false });
  });

  it.each([
    { given: ['plan'], found: { plan: true } },
    { given: ['force'], found: { force: true } },
    { given: ['cancel-on-drop'], found: { cancelOnDrop: true } },
    { given: ['message= fix the door = again '], found: { message: 'fix the door = again' } },
    { given: ['force', 'message=one', 'message=two'], found: { force: true, message: 'two' } },
  ])('$given are understood', ({ given, found }) => {
    expect(parsePushOptions(given)).toMatchObject(found);
  });

  it('an empty message is none', () => {
    expect(parsePushOptions(['message='])).not.toHaveProperty('message');
  });

  it.each([
    '',
    'Plan',
    'plan=1',
    'ci.skip',
    'message=a\nb',
    'message=\u001b[31m',
    `message=${'x'.repeat(201)}`,
  ])('%j is refused', (option) => {
    expect(() => parsePushOptions([option])).toThrow(expect.objectContaining({ code: 'E_PUSH_OPTION' }));
  });

  it('one that is not known is told which are', () => {
    expect(() => parsePushOptions(['ci.skip'])).toThrow(/plan, force, message=<text>, cancel-on-drop/);
  });
});
