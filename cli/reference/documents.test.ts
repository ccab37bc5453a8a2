import { expect, test } from '@jest/globals';
import { answers } from './answers.js';
import { commandDocument } from './commands-document.js';
import { contractDocument } from './contract-document.js';
import { describeCommands } from './describe.js';
import type { FileDescriptor } from './descriptors.js';
import { cell, prose } from './markdown-text.js';

test('signs of Markdown in a text are no signs, but for what is quoted', () => {
  expect(prose('*.example.org is <b> of `a*b|<c>`')).toBe('\\*.example.org is \\<b\\> of `a*b|<c>`');
  expect(cell('a|b\n  of `c|d`')).toBe('a\\|b of `c\\|d`');
});

test('the document of the commands has each command with its usage, options and examples', async () => {
  const described = await describeCommands();
  const document = commandDocument(described);
  const all = [...described.groups.flatMap(({ commands }) => commands), ...described.singles];
  for (const { path, command } of all) {
    const [, part = ''] = document.split(`### banger ${path}\n`);
    const [text = ''] = part.split('\n### ');
    expect(text).toContain(`\`banger ${path}`);
    for (const name of Object.keys(command.options ?? {})) expect(text).toContain(`\`--${name}\``);
    for (const [line] of command.examples) expect(text).toContain(`\nbanger ${line}`);
  }
});

test('every command says what it prints for programs, and nothing else does', async () => {
  const { groups, singles } = await describeCommands();
  const paths = [...groups.flatMap(({ commands }) => commands), ...singles].map(({ path }) => path);
  expect(Object.keys(answers).sort()).toEqual(paths.sort());
});

const file: FileDescriptor = {
  package: 'banger.x.v1',
  service: [
    {
      name: 'XService',
      method: [
        {
          name: 'Get',
          inputType: '.banger.x.v1.X',
          outputType: '.banger.x.v1.X',
          options: { idempotencyLevel: 'NO_SIDE_EFFECTS' },
        },
        { name: 'Watch', inputType: '.banger.x.v1.X', outputType: '.google.protobuf.Any', serverStreaming: true },
      ],
    },
  ],
  messageType: [
    {
      name: 'X',
      field: [
        { name: 'names', label: 'LABEL_REPEATED', type: 'TYPE_STRING' },
        { name: 'size', label: 'LABEL_OPTIONAL', type: 'TYPE_INT64', oneofIndex: 1, proto3Optional: true },
        { name: 'a', label: 'LABEL_OPTIONAL', type: 'TYPE_ENUM', typeName: '.banger.x.v1.X.Kind', oneofIndex: 0 },
        { name: 'labels', label: 'LABEL_REPEATED', type: 'TYPE_MESSAGE', typeName: '.banger.x.v1.X.LabelsEntry' },
      ],
      oneofDecl: [{ name: 'way' }, { name: '_size' }],
      nestedType: [
        {
          name: 'LabelsEntry',
          options: { mapEntry: true },
          field: [
            { name: 'key', label: 'LABEL_OPTIONAL', type: 'TYPE_STRING' },
            { name: 'value', label: 'LABEL_OPTIONAL', type: 'TYPE_MESSAGE', typeName: '.banger.x.v1.X' },
          ],
        },
      ],
      enumType: [{ name: 'Kind', value: [{ name: 'KIND_A' }] }],
    },
  ],
  sourceCodeInfo: {
    location: [
      { path: [2], leadingComments: ' The package.\n' },
      { path: [6, 0, 2, 1], leadingComments: ' Sends X.\n\n Without end.\n' },
      { path: [4, 0, 2, 0], leadingComments: ' Its\n names.\n' },
      { path: [4, 0, 4, 0, 2, 0], leadingComments: ' The first.\n' },
    ],
  },
};

test('the document of the contract has services, messages and enums with their comments, and leads from one to the other', () => {
  const document = contractDocument({ file: [{ ...file, package: 'google.rpc' }, file] });
  expect(document).toContain('\n## banger.x.v1\n\nThe package.\n\n### x.XService\n');
  expect(document).toContain('#### x.XService.Get\n\n[X](#xx) → [X](#xx) · changes nothing\n');
  expect(document).toContain('[X](#xx) → stream of google.protobuf.Any\n\nSends X.\n\nWithout end.\n');
  expect(document).toContain('\n### x.X\n');
  expect(document).toContain('| `names` | list of string | Its names. |');
  expect(document).toContain('| `size` | optional int64 |  |');
  expect(document).toContain('| `a` | [X.Kind](#xxkind) | one of `way`:  |');
  expect(document).toContain('| `labels` | map of string to [X](#xx) |  |');
  expect(document).toContain('\n### x.X.Kind\n\n| value | means |\n|---|---|\n| `KIND_A` | The first. |');
  expect(document).not.toMatch(/LabelsEntry|google\.rpc/);
});
