/** How the checkout's pages look: the visitor's own font and colours, and room around the text. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  font: 1rem / 1.5 system-ui, sans-serif;
}
body {
  margin: 0;
}
main {
  max-width: 38rem;
  margin: 0 auto;
  padding: 2rem 1rem;
}
button {
  padding: 0.6rem 1.2rem;
  border: 1px solid #3b3bb3;
  border-radius: 0.4rem;
  background: #3b3bb3;
  color: #fff;
  font: inherit;
  cursor: pointer;
}
`;
