/** A style that the bundler puts into the page's one style file. */
declare module "*.css";
