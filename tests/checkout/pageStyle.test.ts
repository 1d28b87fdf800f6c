import { expect, test } from "vitest";
import { PAGE_STYLE } from "../../src/routes/checkout/pageStyle.ts";

/** The colours of each theme: the dark one changes some of the light one. */
const [light = {}, dark = {}] = [...PAGE_STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, rules]) =>
  Object.fromEntries(
    [...(rules ?? "").matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [
      name ?? "",
      colour ?? "",
    ]),
  ),
);

/** Contrast as WCAG 2 defines it. */
function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test.each([
  ["light", light],
  ["dark", { ...light, ...dark }],
] as const)("K5 texts of the %s theme have the contrast that WCAG AA asks for", (_name, theme) => {
  const colour = (name: string) => {
    expect(theme[name], name).toMatch(/^#/);
    return theme[name] ?? "";
  };
  for (const [text, ground] of [
    ["--text", "--ground"],
    ["--accent", "--ground"],
    ["--on-accent", "--accent"],
  ] as const) {
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5);
  }
  expect(PAGE_STYLE.replaceAll(/:root \{[^}]*\}/g, "")).not.toMatch(/#[0-9a-f]{3}/i);
});

test("K5 the measure of contrast is the one of WCAG", () => {
  expect(contrast("#ffffff", "#000000")).toBeCloseTo(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});
