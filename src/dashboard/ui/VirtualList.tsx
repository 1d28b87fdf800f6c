import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useKeys } from "./keyboard.ts";

export interface VirtualListProps<Item> {
  label: string;
  items: readonly Item[];
  keyOf(item: Item): string;
  hrefOf(item: Item): string;
  /** All rows have this height, whatever is in them: nothing jumps. */
  rowHeight: number;
  children(item: Item): ReactNode;
  /** The one that is open. */
  openKey?: string | null;
  /** The end is near. */
  onEnd?: () => void;
  /** Whether there are more than these. */
  hasMore?: boolean;
}

/** Rows from the end at which more are asked for. */
const END_ROWS = 15;

/**
 * A list of links of which only the visible ones are made, however many there are. `j`, `k` and the arrows
 * go through it, Enter opens. When rows come in above what is looked at, that stays where it is.
 */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { label, items, keyOf, hrefOf, rowHeight, children, openKey, onEnd, hasMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOf(items[index] as Item),
    overscan: 8,
  });
  const firstKey = useRef<string | null>(null);
  useLayoutEffect(() => {
    const before = firstKey.current;
    const added = items.findIndex((item) => keyOf(item) === before);
    const element = scroller.current;
    if (element !== null && added > 0 && element.scrollTop > 0) {
      element.scrollTop += added * rowHeight;
    }
    firstKey.current = items[0] === undefined ? null : keyOf(items[0]);
  }, [items, keyOf, rowHeight]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew for another height
  useEffect(() => virtual.measure(), [rowHeight]);
  const rows = virtual.getVirtualItems();
  const lastIndex = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastIndex >= items.length - END_ROWS) {
      onEnd?.();
    }
  }, [lastIndex, items.length, onEnd]);

  const current = activeKey ?? openKey ?? null;
  const currentIndex = items.findIndex((item) => keyOf(item) === current);
  function focusRow(index: number): void {
    const item = items[index];
    if (item === undefined) {
      return;
    }
    setActiveKey(keyOf(item));
    virtual.scrollToIndex(index);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus(),
    );
  }
  const wasOpen = useRef<string | null>(null);
  // Whoever closes what was open is back where they opened it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is open is waited for
  useEffect(() => {
    if (wasOpen.current !== null && !openKey) {
      focusRow(items.findIndex((item) => keyOf(item) === wasOpen.current));
    }
    wasOpen.current = openKey ?? null;
  }, [openKey]);
  useKeys((event) => {
    const isInside = scroller.current?.contains(event.target as Node) === true;
    const isDown = event.key === "j" || (isInside && event.key === "ArrowDown");
    const isUp = event.key === "k" || (isInside && event.key === "ArrowUp");
    if (isDown || isUp) {
      event.preventDefault();
      focusRow(isDown ? currentIndex + 1 : Math.max(0, currentIndex - 1));
    }
  });
  const tabStop = currentIndex < 0 ? 0 : currentIndex;
  return (
    <div className="scroller" ref={scroller}>
      <ul aria-label={label} style={{ height: virtual.getTotalSize() }}>
        {rows.map(({ index, key, start }) => {
          const item = items[index] as Item;
          const isOpen = openKey === keyOf(item);
          return (
            <li
              key={key}
              style={{ transform: `translateY(${start}px)`, height: rowHeight }}
              aria-setsize={hasMore ? -1 : items.length}
              aria-posinset={index + 1}
            >
              <a
                href={hrefOf(item)}
                data-index={index}
                className="list-row"
                tabIndex={index === tabStop ? 0 : -1}
                aria-current={isOpen ? "true" : undefined}
                onFocus={() => setActiveKey(keyOf(item))}
              >
                {children(item)}
              </a>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
