/** The page's own style: the reader's colours and font sizes, one column where there is no room for two. */
export const STYLE = `
:root { color-scheme: light dark; --page: #fff; --text: #1a1f24; --line: #d0d7de; --soft: #f3f5f7; --link: #0650b4; --quiet: #4a545e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161b; --text: #e6eaee; --line: #3d444d; --soft: #1f252c; --link: #79b8ff; --quiet: #b0b9c2; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: var(--page); color: var(--text);
  overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 0.5rem; top: 0.5rem; background: var(--soft); padding: 0.5rem; }
nav, main { padding: 1rem; }
nav { border-bottom: 1px solid var(--line); font-size: 0.9rem; }
nav h2 { font-size: 1rem; margin: 1rem 0 0.25rem; }
nav ul { margin: 0; padding-left: 1.2rem; }
nav li { margin: 0.35rem 0; }
main { max-width: 60rem; }
main > section { border-top: 1px solid var(--line); margin-top: 2rem; }
section section { margin: 2rem 0; }
h1, h2, h3, h4 { line-height: 1.25; scroll-margin-top: 1rem; }
h4 { margin-bottom: 0.25rem; }
code, pre { font: 0.9em/1.45 ui-monospace, monospace; }
code { background: var(--soft); padding: 0.1em 0.25em; border-radius: 3px; }
pre { background: var(--soft); padding: 0.75rem; overflow: auto; max-height: 30rem; }
pre code { padding: 0; overflow-wrap: normal; }
dl { margin: 0.25rem 0; }
dt { margin-top: 0.6rem; }
dt span { color: var(--quiet); font-size: 0.9rem; }
dd { margin: 0 0 0 1rem; }
dd dl { border-left: 2px solid var(--line); padding-left: 0.75rem; }
dd p, dd ul { margin: 0.25rem 0; }
summary { cursor: pointer; padding: 0.3rem 0; }
@media (min-width: 62rem) {
  body { display: grid; grid-template-columns: 18rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow: auto; border-bottom: 0; border-right: 1px solid var(--line); }
}
`;
