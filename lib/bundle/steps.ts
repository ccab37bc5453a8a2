/**
 * How to come by a runtime bundle, for the project publishes none. The one text of it: help, errors, the README and
 * runtime-bundle.toml say it word for word, and test/bundle-steps.test.ts holds them to it.
 */
export const bundleSteps =
  'stage an archive with `banger bundle package`, which writes a manifest with its url and sha256 beside it, then ' +
  'unpack it with `banger bundle fetch --manifest FILE`';
