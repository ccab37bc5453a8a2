import { expect, test } from '@jest/globals';
import { chmod, writeFile } from '../../../lib/host/files.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { lookAtJailer } from './jailer.js';

test('the jailer is looked for by name or path, and the setting decides', async () => {
  const folder = await tempFolder();
  try {
    const program = `${folder.path}/jailer`;
    await writeFile(program, '');
    await chmod(program, 0o755);
    const isRoot = process.geteuid?.() === 0;
    expect(await lookAtJailer({ setting: 'auto', program })).toMatchObject({ ok: isRoot });
    expect(await lookAtJailer({ setting: 'auto', program: `${folder.path}/none` })).toMatchObject({ ok: false });
    expect(await lookAtJailer({ setting: 'off', program })).toMatchObject({ ok: false, remedy: '' });
  } finally {
    await folder.remove();
  }
});
