/** A plot of one measure over how many there are, as SVG. Pure. */
import mustache from 'mustache';

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** What there are more and more of: `sites`. */
  readonly of: string;
  readonly points: readonly { readonly count: number; readonly value: number }[];
}

const [width, height, margin] = [480, 260, 48];

const template = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" font-family="sans-serif" font-size="12">
  <title>{{title}}</title>
  <rect width="{{width}}" height="{{height}}" fill="white"/>
  <text x="{{left}}" y="20" font-size="14">{{title}}</text>
  <line x1="{{left}}" y1="{{bottom}}" x2="{{right}}" y2="{{bottom}}" stroke="black"/>
  <line x1="{{left}}" y1="{{top}}" x2="{{left}}" y2="{{bottom}}" stroke="black"/>
  <text x="{{right}}" y="{{footer}}" text-anchor="end">{{of}}</text>
  <polyline points="{{line}}" fill="none" stroke="#0a58ca" stroke-width="2"/>
{{#dots}}  <circle cx="{{x}}" cy="{{y}}" r="3" fill="#0a58ca"/>
  <text x="{{x}}" y="{{above}}" text-anchor="middle">{{label}}</text>
  <text x="{{x}}" y="{{below}}" text-anchor="middle">{{count}}</text>
{{/dots}}</svg>
`;

/** Counts stand on a logarithmic axis, values on one that begins at 0. */
export function chartOf({ title, unit, of, points }: Chart): string {
  const [left, right, top, bottom] = [margin, width - margin, margin, height - margin];
  const most = Math.max(...points.map(({ value }) => value)) || 1;
  const widest = Math.log10(Math.max(...points.map(({ count }) => count))) || 1;
  const dots = points.map(({ count, value }) => {
    const x = Math.round(left + (Math.log10(count) / widest) * (right - left));
    const y = Math.round(bottom - (value / most) * (bottom - top));
    const label = `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ${unit}`;
    return { x, y, above: y - 8, below: bottom + 16, label, count };
  });
  const line = dots.map(({ x, y }) => `${x},${y}`).join(' ');
  const frame = { width, height, left, right, top, bottom, footer: bottom + 34 };
  return mustache.render(template, { ...frame, title, of, line, dots });
}
