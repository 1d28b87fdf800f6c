/** How the checkout's pages look: the visitor's own font and theme, and room around the text. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --ground: #ffffff;
  --text: #1d1d26;
  --accent: #3b3bb3;
  --on-accent: #ffffff;
  font: 1rem / 1.5 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16161d;
    --text: #e8e8f0;
    --accent: #a9a9ff;
    --on-accent: #16161d;
  }
}
body {
  margin: 0;
  background: var(--ground);
  color: var(--text);
}
main {
  max-width: 38rem;
  margin: 0 auto;
  padding: 2rem 1rem;
}
a {
  color: var(--accent);
}
button {
  padding: 0.6rem 1.2rem;
  border: 1px solid var(--accent);
  border-radius: 0.4rem;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  cursor: pointer;
}
:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}
`;
