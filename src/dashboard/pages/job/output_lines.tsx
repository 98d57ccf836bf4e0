/**
 * Lines of output, of which those are drawn that are seen. What is seen stays where it is whatever is loaded before it;
 * following, the end does.
 */

import { type Signal, useSignal } from "@preact/signals";
import { Component } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { JobText } from "../../components/job_text.tsx";
import { plainStyle, readSpans, type Span } from "../../output/ansi.ts";
import { lookOf } from "../../output/ansi_colours.ts";
import {
  type Anchor,
  anchorAt,
  type Block,
  blocksBetween,
  blocksOf,
  heightOf,
  type Heights,
  topOfAnchor,
} from "../../output/line_window.ts";
import type { OutputSource } from "../../output/output_source.ts";
import type { Line } from "../../output/output_text.ts";
import { type Found, markSpans } from "../../output/search_output.ts";

export interface OutputLinesProps {
  readonly source: OutputSource;
  readonly label: string;
  readonly isWrapped: boolean;
  readonly isFollowing: Signal<boolean>;
  readonly found: readonly Found[];
  /** The place that is gone to. */
  readonly current: Found | null;
}

/** As in output.css, in pixels. */
const lineHeight = 20;
/** What is drawn above and below what is seen, in pixels. */
const margin = 600;
const none: Heights = new Map();

export function OutputLines({ source, label, isWrapped, isFollowing, found, current }: OutputLinesProps) {
  const box = useRef<HTMLDivElement>(null);
  const view = useSignal({ top: 0, height: 600, width: 0 });
  const measured = useSignal(0);
  const heights = useRef(new Map<number, { lines: number; height: number }>());
  const anchor = useRef<Anchor | null>(null);
  void [source.version.value, measured.value];

  const { lines, firstNumber } = source.text;
  const range = { first: firstNumber, count: lines.length };
  const blocks = blocksOf(range, isWrapped ? heights.current : none, lineHeight);
  const total = heightOf(blocks);
  const { height } = view.value;
  const top = isFollowing.value
    ? Math.max(0, total - height)
    : anchor.current === null
    ? view.value.top
    : topOfAnchor(blocks, anchor.current);
  const drawn = blocksBetween(blocks, top - margin, top + height + margin);
  const byLine = useMemo(() => byLines(found), [found]);

  useSize(box, (size) => {
    if (size.width !== view.peek().width) heights.current.clear();
    view.value = { ...view.peek(), ...size };
  });

  useLayoutEffect(() => {
    if (isWrapped && measure(box.current!, drawn, heights.current)) {
      measured.value++;
      return;
    }
    moveTo(box.current!, isFollowing.value ? total : top);
  });

  useLayoutEffect(() => {
    if (current === null) return;
    const block = blocks.find(({ from, end }) => current.line >= from && current.line < end);
    if (block === undefined) return;
    isFollowing.value = false;
    const goal = Math.max(0, block.top + (current.line - block.from) * lineHeight - height / 3);
    anchor.current = anchorAt(blocks, goal);
    view.value = { ...view.peek(), top: goal };
    requestAnimationFrame(() => bringIntoView(box.current));
  }, [current]);

  const onScroll = () => {
    const { scrollTop } = box.current!;
    anchor.current = anchorAt(blocks, scrollTop);
    if (scrollTop + height >= total - 2) {
      if (source.state.peek() === "live") isFollowing.value = true;
    } else if (scrollTop < view.peek().top - 2) isFollowing.value = false;
    view.value = { ...view.peek(), top: scrollTop };
  };
  const stopFollowing = () => {
    if (!isFollowing.peek() || total <= height) return;
    anchor.current = anchorAt(blocks, box.current!.scrollTop);
    isFollowing.value = false;
  };

  const last = drawn.at(-1);
  return (
    <div
      ref={box}
      class={`output-box ${isWrapped ? "is-wrapped" : ""}`}
      role="region"
      aria-label={label}
      tabIndex={0}
      onScroll={onScroll}
      onWheel={({ deltaY }) => deltaY < 0 && stopFollowing()}
      onTouchMove={stopFollowing}
      onKeyDown={({ key }) => ["ArrowUp", "PageUp", "Home"].includes(key) && stopFollowing()}
    >
      <div style={{ height: `${drawn[0]?.top ?? 0}px` }} />
      {drawn.map(({ index, from, end }) => (
        <div key={index} data-block={index}>
          {lines.slice(from - firstNumber, end - firstNumber).map((line, at) => (
            <OutputLine key={from + at} line={line} found={byLine.get(from + at)} current={current} />
          ))}
        </div>
      ))}
      <div style={{ height: `${last === undefined ? 0 : total - last.top - last.height}px` }} />
    </div>
  );
}

interface OutputLineProps {
  readonly line: Line;
  /** The places in it, or undefined. */
  readonly found: readonly Found[] | undefined;
  readonly current: Found | null;
}

/** A component of its own, since nearly all lines stay as they are from frame to frame. */
class OutputLine extends Component<OutputLineProps> {
  override shouldComponentUpdate({ line, found, current }: OutputLineProps): boolean {
    return line !== this.props.line || found !== this.props.found || current !== this.props.current;
  }

  override render({ line, found = [], current }: OutputLineProps) {
    return (
      <div class="output-line">
        {markSpans(spansOf(line), found).map(({ text, style, mark }, index) => {
          if (mark !== null) {
            return (
              <mark key={index} class={found[mark] === current ? "is-current" : ""}>
                <JobText text={text} />
              </mark>
            );
          }
          return style === plainStyle
            ? <JobText key={index} text={text} />
            : (
              <span key={index} style={{ ...lookOf(style) }}>
                <JobText text={text} />
              </span>
            );
        })}
      </div>
    );
  }
}

const spans = new WeakMap<Line, readonly Span[]>();

function spansOf(line: Line): readonly Span[] {
  const known = spans.get(line);
  if (known !== undefined) return known;
  const read = readSpans(line.text, line.style).spans;
  spans.set(line, read);
  return read;
}

/** Whether a block has another height than was known. */
function measure(
  box: HTMLElement,
  drawn: readonly Block[],
  heights: Map<number, { lines: number; height: number }>,
): boolean {
  let isNew = false;
  for (const { index, from, end, height } of drawn) {
    const element = box.querySelector<HTMLElement>(`[data-block="${index}"]`);
    if (element === null) continue;
    const is = element.offsetHeight;
    heights.set(index, { lines: end - from, height: is });
    isNew ||= Math.abs(is - height) >= 1;
  }
  return isNew;
}

function moveTo(box: HTMLElement, top: number): void {
  const goal = Math.min(top, box.scrollHeight - box.clientHeight);
  if (Math.abs(box.scrollTop - goal) >= 1) box.scrollTop = goal;
}

function bringIntoView(box: HTMLElement | null): void {
  const mark = box?.querySelector<HTMLElement>("mark.is-current");
  if (box === null || !mark) return;
  const [inner, outer] = [mark.getBoundingClientRect(), box.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) {
    box.scrollTop += inner.top - outer.top - outer.height / 3;
  }
  if (inner.left < outer.left || inner.right > outer.right) {
    box.scrollLeft += inner.left - outer.left - outer.width / 3;
  }
}

function useSize(
  box: { readonly current: HTMLElement | null },
  onSize: (size: { readonly width: number; readonly height: number }) => void,
): void {
  const latest = useRef(onSize);
  latest.current = onSize;
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      latest.current({ width: Math.round(width), height: Math.round(height) });
    });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
}

function byLines(found: readonly Found[]): ReadonlyMap<number, readonly Found[]> {
  const lines = new Map<number, Found[]>();
  for (const each of found) {
    const before = lines.get(each.line);
    if (before === undefined) lines.set(each.line, [each]);
    else before.push(each);
  }
  return lines;
}
