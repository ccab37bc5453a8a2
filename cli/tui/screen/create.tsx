import { Box, Text } from 'ink';
import type { Draft } from '../model.js';
import { fields } from '../state/create-form.js';
import type { Dialog } from '../state/state.js';
import { Accent, Toned } from './theme.js';

/** The form of a new VM. */

const labels: Readonly<Record<keyof Draft, readonly [title: string, hint: string]>> = {
  name: ['Name', 'it answers as NAME.vm'],
  image: ['Image', '←→ go through those that there are'],
  cpus: ['Processors', ''],
  memory: ['Memory', 'as 512M or 2G'],
  disk: ['Disk', 'taken as it is used'],
  nat: ['NAT', 'space turns it: reach other networks'],
};

export function CreateForm({ form }: { readonly form: Extract<Dialog, { kind: 'create' }> }) {
  return (
    <Box flexDirection="column" paddingX={1}>
      <Text>
        <Accent>New VM</Accent>
        <Text dimColor>{form.sent ? '  being created …' : ''}</Text>
      </Text>
      <Text> </Text>
      {fields.map((field) => (
        <Field key={field} form={form} field={field} />
      ))}
      <Text> </Text>
      {form.mistakes.map(({ field, text }) => (
        <Toned key={field + text} tone="bad">
          {field === '' ? text : `${labels[field][0]}: ${text}`}
        </Toned>
      ))}
    </Box>
  );
}

interface FieldProps {
  readonly form: Extract<Dialog, { kind: 'create' }>;
  readonly field: keyof Draft;
}

function Field({ form, field }: FieldProps) {
  const at = form.field === field;
  const [title, hint] = labels[field];
  const value = form.draft[field];
  const wrong = form.mistakes.some((one) => one.field === field);
  return (
    <Text wrap="truncate-end">
      {at ? <Accent>{'❯ '}</Accent> : '  '}
      <Text dimColor={!at}>{title.padEnd(12)}</Text>
      <Text bold={at}>{typeof value === 'boolean' ? (value ? 'on' : 'off') : value}</Text>
      {at && typeof value === 'string' ? <Text inverse> </Text> : ' '}
      {wrong && <Toned tone="bad"> ✗</Toned>}
      <Text dimColor>{at ? `  ${hint}` : ''}</Text>
    </Text>
  );
}
