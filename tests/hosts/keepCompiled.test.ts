import { getCompileCacheDir } from "node:module";
import { expect, test } from "vitest";
import { keepCompiled } from "../../src/hosts/node/keepCompiled.ts";

test("what is compiled is kept beside the packages, where only whoever may change them writes", () => {
  const ofEnvironment = getCompileCacheDir();
  keepCompiled();
  expect(ofEnvironment ?? getCompileCacheDir()).toMatch(/node_modules[\\/]\.cache[\\/]/);
});
