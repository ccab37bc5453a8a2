// `make deb`: a Debian package with everything in it, its own Node included. The same sources give the same bytes:
// SOURCE_DATE_EPOCH, or else the time of the last commit, is the time of all files.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { control } from './lib/deb-control.mjs';
import { installPlan } from './lib/install-plan.mjs';
import { writeTree } from './lib/install-tree.mjs';
import { build } from './lib/prepare.mjs';
import { run, step } from './lib/steps.mjs';

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: '.cache/deb' },
    /** Packed loosely: for tests. */
    fast: { type: 'boolean', default: false },
  },
});

async function main() {
  await step('build', build);
  const epoch = process.env.SOURCE_DATE_EPOCH ?? (await run(['git', 'log', '-1', '--format=%ct'])).trim();
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const maintainer = process.env.DEB_MAINTAINER ?? 'banger maintainers <maintainers@banger.invalid>';
  const entries = [
    ...installPlan({ root: process.cwd(), prefix: '/usr', withNode: true, vendor: true }),
    changelog(version, maintainer, epoch),
  ];
  // Not in the checkout: its folders may have the bits of a group that dpkg-deb refuses.
  const root = mkdtempSync(join(tmpdir(), 'banger-deb-'));
  try {
    chmodSync(root, 0o755);
    await step('tree', async () => `${writeTree(join(root, 'usr'), entries)} files`);
    await writeControl(root, { entries, version, maintainer });
    const output = resolve(values.output);
    mkdirSync(output, { recursive: true });
    await step('package', () => pack(root, output, epoch));
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** dpkg itself knows what is installed, and takes it away: there is no list of ours. */
async function writeControl(root, { entries, version, maintainer }) {
  const folder = join(root, 'DEBIAN');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const programs = entries.filter(({ path }) => /\.node$|\/bin\/node$/.test(path)).map(({ source }) => source);
  writeFileSync(join(folder, 'control'), await control({ entries, version, maintainer, programs }), { mode: 0o644 });
  writeFileSync(join(folder, 'md5sums'), await checksums(root), { mode: 0o644 });
  for (const script of ['postinst', 'prerm', 'postrm']) {
    writeFileSync(join(folder, script), readFileSync(`packaging/deb/${script}`));
    chmodSync(join(folder, script), 0o755);
  }
}

async function checksums(root) {
  const files = (await run(['find', 'usr', '-type', 'f', '-print0'], { cwd: root }))
    .split('\0')
    .filter((path) => path !== '');
  const lines = [];
  // An argument list has room for a few thousand names.
  for (let start = 0; start < files.length; start += 1000) {
    lines.push(await run(['md5sum', '--', ...files.toSorted().slice(start, start + 1000)], { cwd: root }));
  }
  return lines.join('');
}

function changelog(version, maintainer, epoch) {
  const date = new Date(Number(epoch) * 1000).toUTCString().replace('GMT', '+0000');
  const text = `banger (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- ${maintainer}  ${date}\n`;
  return { path: 'share/doc/banger/changelog.gz', text: gzipSync(text, { level: 9 }), mode: 0o644 };
}

async function pack(root, output, epoch) {
  const compression = values.fast ? ['-Zgzip', '-z1'] : ['-Zxz'];
  const said = await run(['dpkg-deb', '--root-owner-group', ...compression, '--build', root, output], {
    env: { SOURCE_DATE_EPOCH: epoch },
  });
  return said.match(/'([^']+\.deb)'/)?.[1] ?? said.trim();
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
