import {
  type CommentAt,
  commentsOf,
  type EnumDescriptor,
  type FieldDescriptor,
  type FileDescriptor,
  type FileDescriptors,
  type MessageDescriptor,
  type MethodDescriptor,
  place,
  type ServiceDescriptor,
} from './descriptors.js';
import { cell, prose, table } from './markdown-text.js';

/** The contract as a document: every service, method, message and enum of proto/, with what their comments say. */

const introduction = `# The contract

Generated from \`proto/\` by \`npm run generate\`: change it there.

Each service listens on a Unix socket of its own, \`NAME.sock\` in the run directory, and serves health and reflection too. All of it
is gRPC with proto3: a field that is not set has its type's zero value, unless it is marked optional. [errors.md](../errors.md) has
every reason of an error, [api.md](../api.md) what holds for all calls: versions, waiting, repeats, deadlines.

Methods that *change nothing* may be called by readers, and repeated at will; what a repeat of another one does stands with it. A call
may have a deadline. Verbs of VMs go on without their caller; builds, imports, copies and commands in guests end with the call.`;

export function contractDocument({ file }: FileDescriptors): string {
  const files = file
    .filter((each) => each.package.startsWith('banger.'))
    .sort((a, b) => a.package.localeCompare(b.package, 'en'));
  return `${[introduction, contents(files), ...files.map(packagePart)].join('\n\n')}\n`;
}

function contents(files: readonly FileDescriptor[]): string {
  const rows = files.flatMap((each) =>
    (each.service ?? []).map(({ name, method = [] }, index) => {
      const full = `${shortName(each)}.${name}`;
      const methods = method.map((one) => link(`${full}.${one.name}`, one.name)).join(', ');
      const [first = ''] = commentsOf(each)(place.services, index).split('\n\n');
      return [link(full, name), methods, cell(first)];
    }),
  );
  return table(['service', 'methods', 'is'], rows);
}

function packagePart(each: FileDescriptor): string {
  const comment = commentsOf(each);
  const prefix = shortName(each);
  const parts = [
    `## ${each.package}`,
    prose(comment(place.package)),
    ...(each.service ?? []).flatMap((one, index) => servicePart(one, prefix, below(comment, place.services, index))),
    ...(each.messageType ?? []).flatMap((one, index) =>
      messagePart(one, prefix, below(comment, place.messages, index)),
    ),
    ...(each.enumType ?? []).flatMap((one, index) => enumPart(one, prefix, below(comment, place.enums, index))),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The comments of an element: without a path its own, with one those of its parts. */
function below(comment: CommentAt, ...start: readonly number[]): CommentAt {
  return (...path) => comment(...start, ...path);
}

function servicePart({ name, method = [] }: ServiceDescriptor, prefix: string, comment: CommentAt): string[] {
  const methods = method.flatMap((one, index) => [
    `#### ${prefix}.${name}.${one.name}`,
    signatureOf(one),
    prose(comment(place.methods, index)),
  ]);
  return [`### ${prefix}.${name}`, prose(comment()), ...methods];
}

function signatureOf({ inputType, outputType, clientStreaming, serverStreaming, options }: MethodDescriptor): string {
  const side = (streams: boolean | undefined, type: string) => `${streams ? 'stream of ' : ''}${typeLink(type)}`;
  const harmless = options?.idempotencyLevel === 'NO_SIDE_EFFECTS' ? ' · changes nothing' : '';
  return `${side(clientStreaming, inputType)} → ${side(serverStreaming, outputType)}${harmless}`;
}

function messagePart(message: MessageDescriptor, prefix: string, comment: CommentAt): string[] {
  const { name, field = [], nestedType = [], enumType = [] } = message;
  const full = `${prefix}.${name}`;
  const rows = field.map((one, index) => [
    `\`${one.name}\``,
    typeOf(one, nestedType),
    groupOf(one, message) + cell(comment(place.fields, index)),
  ]);
  return [
    `### ${full}`,
    prose(comment()),
    rows.length === 0 ? 'No fields.' : table(['field', 'type', 'is'], rows),
    ...nestedType.flatMap((one, index) =>
      one.options?.mapEntry ? [] : messagePart(one, full, below(comment, place.nested, index)),
    ),
    ...enumType.flatMap((one, index) => enumPart(one, full, below(comment, place.nestedEnums, index))),
  ];
}

/** Of fields of which only one can be set. */
function groupOf({ oneofIndex, proto3Optional }: FieldDescriptor, { oneofDecl = [] }: MessageDescriptor): string {
  if (oneofIndex === undefined || proto3Optional) return '';
  return `one of \`${oneofDecl[oneofIndex]?.name}\`: `;
}

function enumPart({ name, value = [] }: EnumDescriptor, prefix: string, comment: CommentAt): string[] {
  const rows = value.map((one, index) => [`\`${one.name}\``, cell(comment(place.values, index))]);
  return [`### ${prefix}.${name}`, prose(comment()), table(['value', 'means'], rows)];
}

function typeOf(field: FieldDescriptor, nested: readonly MessageDescriptor[]): string {
  const { typeName, label, proto3Optional } = field;
  const entry = nested.find((one) => one.options?.mapEntry && typeName?.endsWith(`.${one.name}`));
  if (entry?.field !== undefined) return `map of ${entry.field.map((one) => typeOf(one, [])).join(' to ')}`;
  const one = typeName === undefined ? field.type.slice('TYPE_'.length).toLowerCase() : typeLink(typeName);
  if (label === 'LABEL_REPEATED') return `list of ${one}`;
  return proto3Optional ? `optional ${one}` : one;
}

/** "banger.vmm.v1" as "vmm". */
const shortName = (file: FileDescriptor) => file.package.split('.')[1] ?? '';

/** A type of ours leads to its part; one of others is named in full. */
function typeLink(name: string): string {
  const [first, service, , ...words] = name.slice(1).split('.');
  if (first !== 'banger') return name.slice(1);
  return link([service, ...words].join('.'), words.join('.'));
}

/** To a heading of this document: the place is its text in lower case, without its dots. */
const link = (heading: string, text: string) => `[${text}](#${heading.toLowerCase().replaceAll('.', '')})`;
