// What an image build takes, against mmdebstrap with the same packages and nothing else. It needs the distribution's
// packages, and so runs outside the network namespace of the other measurements; the rows go to a file for them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { run } from './steps.mjs';
import { withImaged } from './test-store.mjs';

const recipe = 'debian-light';
/** A build takes half a minute, nearly all of it in mmdebstrap, so that few rounds say enough. */
const rounds = 3;
const cachedRounds = 10;
/** What a build that has nothing to do may take, in milliseconds. */
const cachedLimit = 1000;

export async function benchImages(path, say) {
  const folder = mkdtempSync(join(tmpdir(), 'bg-bench-'));
  try {
    const series = await withImaged(join(folder, 'store'), (env) => measure(folder, env, say));
    writeFileSync(path, JSON.stringify(series));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(folder, env, say) {
  const build = (...more) => timed(['bin/banger', 'image', 'build', recipe, ...more], { env, onLine: say });
  const [values, baselines, cached] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    values.push(await build('--rebuild'));
    const tree = join(folder, 'tree');
    baselines.push(await timed(plainArgv(tree), { onLine: say }));
    rmSync(tree, { recursive: true });
  }
  for (let round = 0; round < cachedRounds; round++) cached.push(await build());
  return [
    { name: `image build ${recipe} / mmdebstrap`, values, baselines },
    { name: 'the same again, unchanged / 1 s', values: cached, baselines: [cachedLimit] },
  ];
}

function plainArgv(tree) {
  const { packages } = parse(readFileSync(`services/imaged/images/${recipe}.toml`, 'utf8'));
  const include = ['usr-is-merged', ...packages].join(',');
  const hooks = '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr';
  return ['mmdebstrap', '--variant=minbase', '--mode=root', `--include=${include}`, hooks, 'bookworm', tree];
}

async function timed(argv, options) {
  const start = performance.now();
  await run(argv, options);
  return performance.now() - start;
}
