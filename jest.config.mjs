const swc = (parser) => [
  '@swc/jest',
  {
    jsc: { parser, target: 'es2022', transform: { react: { runtime: 'automatic' } } },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const transform = {
  '^.+\\.ts$': swc({ syntax: 'typescript' }),
  '^.+\\.tsx$': swc({ syntax: 'typescript', tsx: true }),
};

const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.cache'],
  transform,
};

/** Nothing of these may be left on the machine. */
const traces = { globalSetup: '<rootDir>/test/traces/before.mjs', globalTeardown: '<rootDir>/test/traces/after.mjs' };

export default {
  // Kept for all suites, each of which has a temporary folder of its own.
  cacheDirectory: '<rootDir>/.cache/jest',
  // Machines are shared and guests are emulated: a test waits for a condition, and only a hang ends here.
  testTimeout: 600_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{lib,services,supervisor,cli,scripts,test}/**/*.test.{ts,tsx}'],
      testPathIgnorePatterns: ['<rootDir>/test/(host|e2e)/', '/node_modules/'],
    },
    // Touches the kernel: namespaces, taps, nftables, real QEMU. Needs root.
    { ...common, ...traces, displayName: 'host', testMatch: ['<rootDir>/test/host/**/*.test.ts'] },
    { ...common, ...traces, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
  ],
};
