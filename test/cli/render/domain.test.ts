import { expect, it } from 'vitest';
import { shownDomain, shownUrl, unicodeOf } from '../../../cli/render/domain.ts';

it('an international name is shown in both forms, others in the one that they have', () => {
  expect(shownDomain('xn--bcher-kva.example')).toBe('xn--bcher-kva.example (bücher.example)');
  expect(shownDomain('*.xn--bcher-kva.example')).toBe('*.xn--bcher-kva.example (*.bücher.example)');
  expect(shownDomain('www.example.com')).toBe('www.example.com');
  expect(shownUrl('http://xn--bcher-kva.example:8080')).toBe(
    'http://xn--bcher-kva.example:8080 (bücher.example)',
  );
  expect(shownUrl('http://a.example:8080')).toBe('http://a.example:8080');
  expect(unicodeOf('www.example.com')).toBeUndefined();
});
