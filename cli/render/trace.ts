/** The trace of a deploy: as a timeline for people, and in the format of Chrome's tracing. Pure. */
import type { DeployTrace, TraceSpan } from '../../core/index.ts';
import { plain, type Style } from './style.ts';
import { cleanLine } from './text.ts';

export interface TimelineOptions {
  /** The terminal's width in columns; undefined: 100. */
  readonly width?: number | undefined;
  readonly style?: Style;
}

const narrowest = { label: 12, bar: 8 };

/** A line for each step and tap: what, how long, and a bar from its begin to its end; below it what was wrong. */
export function timelineLines(trace: DeployTrace, options: TimelineOptions = {}): string[] {
  const { width = 100, style = plain } = options;
  const { spans, milliseconds, left = 0 } = trace;
  const times = spans.map((span) => `${span.milliseconds} ms`);
  const timeWidth = Math.max(...times.map(({ length }) => length), 4);
  const room = Math.max(width - timeWidth - 4, narrowest.label + narrowest.bar);
  const longestLabel = Math.max(...spans.map((span) => labelOf(span).length), narrowest.label);
  const labelWidth = Math.min(longestLabel, Math.max(narrowest.label, Math.floor(room * 0.6)));
  const barWidth = Math.max(room - labelWidth, narrowest.bar);
  const scale = barWidth / Math.max(milliseconds, 1);
  const rows = spans.flatMap((span, index) => {
    const label = cut(labelOf(span), labelWidth).padEnd(labelWidth);
    const time = (times[index] ?? '').padStart(timeWidth);
    const bar = span.start > milliseconds ? cut(`+${span.start} ms`, barWidth) : barOf(span, scale, barWidth);
    const paint = span.result === 'ok' ? (span.kind === 'step' ? style.green : style.dim) : style.red;
    const remark = remarkOf(span);
    const indent = span.kind === 'tap' && span.step !== undefined ? '    ' : '  ';
    return [
      `${label}  ${time}  ${paint(bar)}`.trimEnd(),
      ...(remark === undefined ? [] : [style.yellow(cut(`${indent}! ${remark}`, width))]),
    ];
  });
  return [...rows, ...(left === 0 ? [] : [`and ${left} more calls of taps`])];
}

function labelOf(span: TraceSpan): string {
  if (span.kind === 'step') return span.step;
  const times = span.calls > 1 ? ` ×${span.calls}` : '';
  return `${span.step === undefined ? '' : '  '}${span.hook} ${cleanLine(`${span.plugin}:${span.tap}`)}${times}`;
}

function barOf({ start, milliseconds }: TraceSpan, scale: number, width: number): string {
  const from = Math.min(Math.floor(start * scale), width - 1);
  const to = Math.min(Math.max(Math.round((start + milliseconds) * scale), from + 1), width);
  return `${' '.repeat(from)}${'█'.repeat(to - from)}`;
}

function remarkOf(span: TraceSpan): string | undefined {
  if (span.kind === 'step') return span.result === 'ok' ? undefined : 'failed';
  if (span.usual !== undefined) return `took ${span.slowest} ms; usually it takes ${span.usual} ms`;
  if (span.result === 'ok') return undefined;
  return [span.result, ...(span.problem === undefined ? [] : [cleanLine(span.problem)])].join(': ');
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** What chrome://tracing and Perfetto open. Times are microseconds since the deploy began. */
export interface ChromeTrace {
  readonly displayTimeUnit: 'ms';
  readonly traceEvents: readonly Readonly<Record<string, unknown>>[];
}

function named(name: string, text: string, tid: number) {
  return { name, ph: 'M', pid: 1, tid, args: { name: text } };
}

const tracks = { step: 1, tap: 2 } as const;

export function chromeTrace({ site, deploy, spans }: DeployTrace): ChromeTrace {
  return {
    displayTimeUnit: 'ms',
    traceEvents: [
      named('process_name', `${site} ${deploy}`, tracks.step),
      named('thread_name', 'steps', tracks.step),
      named('thread_name', 'taps', tracks.tap),
      ...spans.map((span) => {
        const { kind, start, milliseconds, ...args } = span;
        return {
          name: span.kind === 'step' ? span.step : `${span.hook} ${span.plugin}:${span.tap}`,
          cat: kind,
          ph: 'X',
          ts: start * 1000,
          dur: milliseconds * 1000,
          pid: 1,
          tid: tracks[kind],
          args,
        };
      }),
    ],
  };
}
