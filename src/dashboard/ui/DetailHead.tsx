import { type ReactNode, useEffect, useRef } from "react";

/** The title of what is open, which takes the focus when it opens, and what closes it. */
export function DetailHead({
  title,
  closeHref,
  children,
}: {
  title: string;
  closeHref: string;
  children?: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <header className="detail-head">
      <h2 ref={heading} tabIndex={-1} className="clip">
        {title}
      </h2>
      {children}
      <a href={closeHref} className="button close">
        Close
      </a>
    </header>
  );
}
