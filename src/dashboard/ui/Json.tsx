/** A value as indented JSON. Focusable, so that it can be scrolled by the keyboard. */
export function Json({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region has to be reachable
    <section className="json" tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  );
}
