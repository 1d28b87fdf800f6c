/** The one style sheet of the hosted pages. */
export const STYLES = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 34rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
.banner { margin: 0; padding: .5rem 1rem; background: #fff3cd; color: #4d3800; text-align: center; }
.alert { padding: .75rem 1rem; border: 2px solid #b3261e; border-radius: .4rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem 0; text-align: left; font-weight: normal; }
td { text-align: right; }
tfoot th, tfoot td { border-top: 1px solid; font-weight: bold; }
fieldset { margin: 1rem 0; border: 1px solid #888; border-radius: .4rem; }
label { display: block; padding: .25rem 0; }
input[type=text], input[type=email], input[type=number], select { width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; }
button { padding: .6rem 1.2rem; margin: .25rem 0; font: inherit; border: 1px solid; border-radius: .4rem; cursor: pointer; }
button.primary { background: #3b3bb3; color: #fff; border-color: #3b3bb3; }
:focus-visible { outline: 3px solid #f59e0b; outline-offset: 2px; }
form { margin: .5rem 0; }
`;
