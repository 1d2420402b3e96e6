// A table of which only the rows in sight exist. Rows have one fixed height.
import type {ComponentChildren} from 'preact';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';

interface Props {
  label: string;
  className: string;
  head: ComponentChildren;
  columns: number;
  count: number;
  rowHeight: number;
  row: (index: number) => ComponentChildren;
  onRange?: (first: number, end: number) => void;
}

const OVERSCAN = 8;

export function Windowed({label, className, head, columns, count, rowHeight, row, onRange}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<[number, number]>([0, 40]);

  const measure = () => {
    const {scrollTop, clientHeight} = box.current!;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
    const end = first + Math.ceil((clientHeight || 600) / rowHeight) + 2 * OVERSCAN;
    if (first !== range[0] || end !== range[1]) setRange([first, end]);
  };
  useLayoutEffect(measure);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  const first = Math.min(range[0], Math.max(0, count - 1)), end = Math.min(range[1], count);
  useLayoutEffect(() => onRange?.(first, end), [first, end, count]);
  const space = (rows: number) =>
    rows > 0 && <tr aria-hidden="true"><td colSpan={columns} class="spacer" style={{height: `${rows * rowHeight}px`}} /></tr>;
  return (
    <div ref={box} class="scroll" tabIndex={0} role="region" aria-label={label} onScroll={measure}>
      <table class={className} aria-rowcount={count + 1}>
        {head}
        <tbody>
          {space(first)}
          {Array.from({length: Math.max(0, end - first)}, (_, i) => row(first + i))}
          {space(count - end)}
        </tbody>
      </table>
    </div>
  );
}
