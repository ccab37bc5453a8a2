import { createFileRegistry, type DescFile, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSet } from '../../gen/descriptors.js';

/**
 * The files of the contract, as its compiler has made them. To load this takes longer than all else at the start of a
 * server: it is imported when it is asked for, and a bundle runs it no sooner.
 */

const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSet, 'base64')));

/** A file by its name, then all that it depends on, each a google.protobuf.FileDescriptorProto; undefined when there is none. */
export function filesByName(name: string): Buffer[] | undefined {
  return withDependencies(files.getFile(name));
}

/** The same for the file that has a type, a service, a method or a field. */
export function filesBySymbol(symbol: string): Buffer[] | undefined {
  return withDependencies(fileOf(symbol));
}

/** Methods and fields are known by what they are in. */
function fileOf(symbol: string): DescFile | undefined {
  const found = files.get(symbol);
  if (found) return found.file;
  const dot = symbol.lastIndexOf('.');
  const parent = files.get(symbol.slice(0, Math.max(dot, 0)));
  const name = symbol.slice(dot + 1);
  if (parent?.kind === 'service') return parent.methods.some((each) => each.name === name) ? parent.file : undefined;
  return parent?.kind === 'message' && parent.fields.some((each) => each.name === name) ? parent.file : undefined;
}

function withDependencies(file: DescFile | undefined): Buffer[] | undefined {
  if (file === undefined) return undefined;
  const all = new Set<DescFile>();
  addWithDependencies(file, all);
  return [...all].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
}

function addWithDependencies(file: DescFile, to: Set<DescFile>): void {
  if (to.has(file)) return;
  to.add(file);
  for (const dependency of file.dependencies) addWithDependencies(dependency, to);
}
