import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { onThemeChange } from "./theme.ts";

export interface ChartSeries {
  name: string;
  /** A custom property of the style, as "--good". */
  color: string;
  values: readonly (number | null)[];
}

const HEIGHT = 180;

/**
 * Values over time, as lines or as bars on top of each other. Its text says what it shows to those who do
 * not see it.
 */
export function TimeChart({
  title,
  summary,
  times,
  series,
  kind,
  unit = "",
}: {
  title: string;
  summary: string;
  /** Unix seconds. */
  times: readonly number[];
  series: readonly ChartSeries[];
  kind: "bars" | "lines";
  unit?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const data = useRef<uPlot.AlignedData>([[]]);
  const plot = useRef<uPlot | null>(null);
  data.current = dataOf(times, series, kind);
  const shape = JSON.stringify([kind, unit, series.map(({ name, color }) => [name, color])]);

  useEffect(() => {
    const element = box.current;
    if (element === null) {
      return;
    }
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, shape), data.current, element);
    };
    draw();
    const stopTheme = onThemeChange(draw);
    const sizes = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    sizes.observe(element);
    return () => {
      stopTheme();
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(data.current);
  });
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong>
        <ul className="legend">
          {series.map(({ name, color }) => (
            <li key={name} data-color={color.slice(2)}>
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={box} className="plot" role="img" aria-label={`${title}. ${summary}`} />
    </figure>
  );
}

/** Bars stand on top of each other: the first series is the sum of all, drawn behind the others. */
function dataOf(
  times: readonly number[],
  series: readonly ChartSeries[],
  kind: "bars" | "lines",
): uPlot.AlignedData {
  const values =
    kind === "lines"
      ? series.map((each) => [...each.values])
      : series.map((_, first) =>
          times.map((__, at) =>
            series.slice(first).reduce((sum, each) => sum + (each.values[at] ?? 0), 0),
          ),
        );
  return [[...times], ...values];
}

function optionsOf(element: HTMLElement, shape: string): uPlot.Options {
  const [kind, unit, series] = JSON.parse(shape) as [string, string, [string, string][]];
  const text = colorOf(element, "--quiet");
  const axis = { stroke: text, grid: { stroke: colorOf(element, "--line"), width: 1 } };
  const bars = uPlot.paths.bars?.({ size: [0.8, 24] });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(clockText) },
      { ...axis, values: (_, ticks) => ticks.map((tick) => `${tick}${unit}`), size: 56 },
    ],
    series: [
      {},
      ...series.map(([label, color]) => {
        const stroke = colorOf(element, color);
        return kind === "bars" && bars !== undefined
          ? { label, paths: bars, fill: stroke, width: 0, points: { show: false } }
          : {
              label,
              stroke,
              width: 2,
              spanGaps: true,
              points: { show: true, size: 5, fill: stroke },
            };
      }),
    ],
  };
}

function clockText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(11, 16);
}

/** What a custom property is now: it may be one of two, by the theme. */
function colorOf(element: HTMLElement, property: string): string {
  element.style.color = `var(${property})`;
  const { color } = getComputedStyle(element);
  element.style.color = "";
  return color;
}
