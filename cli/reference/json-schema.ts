import { answers, failure, type Schema } from './answers.js';
import {
  type CommentAt,
  commentsOf,
  type FieldDescriptor,
  type FileDescriptor,
  type FileDescriptors,
  type MessageDescriptor,
  place,
} from './descriptors.js';

/** docs/reference/cli.schema.json: what commands print with --json, the messages of the contract among it. */
export function jsonSchema(contract: FileDescriptors): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title:
      'What banger prints with --json: a definition for each command, one for errors, and the messages that they use',
    $defs: {
      ...Object.fromEntries(
        Object.entries(answers).flatMap(([path, schema]) => (schema ? [[`banger ${path}`, schema]] : [])),
      ),
      'error of any command': failure,
      ...used(contract.file.flatMap(definitionsOf)),
    },
  };
}

type Definition = readonly [name: string, schema: Schema];

/** Those that answers reach, in the order of the contract. */
function used(all: readonly Definition[]): Record<string, Schema> {
  const byName = new Map(all);
  const reached = new Set<string>();
  const reach = (schema: unknown) => {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/\$defs\/(banger\.[\w.]+)"/g)) {
      if (reached.has(name)) continue;
      const definition = byName.get(name);
      if (definition === undefined) throw new Error(`an answer has ${name}, which the contract has not`);
      reached.add(name);
      reach(definition);
    }
  };
  reach(answers);
  return Object.fromEntries(all.filter(([name]) => reached.has(name)));
}

function definitionsOf(file: FileDescriptor): Definition[] {
  const commentAt = commentsOf(file);
  const messages = (file.messageType ?? []).flatMap((message, at) =>
    messageDefinitions(message, [place.messages, at], file.package, commentAt),
  );
  const enums = (file.enumType ?? []).map(({ name, value = [] }, at): Definition => {
    const schema = { description: commentAt(place.enums, at), enum: value.map(({ name: word }) => word) };
    return [`${file.package}.${name}`, schema];
  });
  return [...enums, ...messages];
}

function messageDefinitions(
  message: MessageDescriptor,
  path: readonly number[],
  scope: string,
  commentAt: CommentAt,
): Definition[] {
  const name = `${scope}.${message.name}`;
  const maps = new Map(
    (message.nestedType ?? [])
      .filter(({ options }) => options?.mapEntry)
      .map((nested) => [`.${name}.${nested.name}`, nested]),
  );
  const fields = message.field ?? [];
  const properties = fields.map((field, at) => {
    const description = commentAt(...path, place.fields, at);
    return [jsonName(field.name), { ...(description && { description }), ...fieldSchema(field, maps) }] as const;
  });
  const required = fields.filter((field) => isAlwaysThere(field)).map((field) => jsonName(field.name));
  const schema = {
    description: commentAt(...path),
    type: 'object',
    properties: Object.fromEntries(properties),
    required,
  };
  return [[name, schema]];
}

/** The mapping of gen/: plain fields are there whatever their value; lists and maps only with something in them. */
function isAlwaysThere({ label, type, oneofIndex, proto3Optional }: FieldDescriptor): boolean {
  return label !== 'LABEL_REPEATED' && type !== 'TYPE_MESSAGE' && oneofIndex === undefined && !proto3Optional;
}

function fieldSchema(field: FieldDescriptor, maps: ReadonlyMap<string, MessageDescriptor>): Schema {
  const map = maps.get(field.typeName ?? '');
  const value = map?.field?.find(({ name }) => name === 'value');
  if (value) return { type: 'object', additionalProperties: valueSchema(value) };
  return field.label === 'LABEL_REPEATED' ? { type: 'array', items: valueSchema(field) } : valueSchema(field);
}

const integers = [
  'INT32',
  'INT64',
  'UINT32',
  'UINT64',
  'SINT32',
  'SINT64',
  'FIXED32',
  'FIXED64',
  'SFIXED32',
  'SFIXED64',
];
/** Messages that JSON has in a form of their own. */
const wellKnown: Readonly<Record<string, Schema>> = {
  '.google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  '.google.protobuf.Duration': {
    type: 'object',
    properties: { seconds: { type: 'integer' }, nanos: { type: 'integer' } },
    required: ['seconds', 'nanos'],
  },
};

function valueSchema({ type, typeName = '' }: FieldDescriptor): Schema {
  if (type === 'TYPE_MESSAGE' || type === 'TYPE_ENUM')
    return wellKnown[typeName] ?? { $ref: `#/$defs/${typeName.slice(1)}` };
  if (type === 'TYPE_BOOL') return { type: 'boolean' };
  if (type === 'TYPE_BYTES') return { type: 'string', contentEncoding: 'base64' };
  if (type === 'TYPE_STRING') return { type: 'string' };
  return { type: integers.includes(type.replace('TYPE_', '')) ? 'integer' : 'number' };
}

function jsonName(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
