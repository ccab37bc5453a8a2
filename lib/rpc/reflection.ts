import { createFileRegistry, type DescFile, type FileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { type Server, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { descriptorSet } from '../../gen/descriptors.js';
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService,
} from '../../gen/grpc/reflection/v1/reflection.js';

const { serverReflectionInfo: method } = ServerReflectionService;
/** The versions of the protocol, the same but for their names; older clients know the first alone. */
const protocols = ['grpc.reflection.v1alpha.ServerReflection', 'grpc.reflection.v1.ServerReflection'];
const health = 'grpc.health.v1.Health';

type Answer = ServerReflectionResponse['messageResponse'];
type Stream = ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>;

/**
 * Lets generic clients such as grpcurl ask a socket what it offers: health, and the services of these full names. What they
 * get is what the compiler of the contract has made, to the byte: they resolve types by the files that each file names.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  const offered = [...services, health].sort();
  const handler = (call: Stream) => {
    call.on('data', (request: ServerReflectionRequest) => {
      const messageResponse = answerTo(request.messageRequest, offered);
      call.write({ validHost: request.host, originalRequest: request, messageResponse });
    });
    call.on('end', () => call.end());
  };
  for (const protocol of protocols) {
    const definition = { ...method, path: `/${protocol}/ServerReflectionInfo` };
    server.addService({ serverReflectionInfo: definition }, { serverReflectionInfo: handler as never });
  }
}

function answerTo(question: ServerReflectionRequest['messageRequest'], offered: readonly string[]): Answer {
  switch (question?.$case) {
    case 'listServices':
      return { $case: 'listServicesResponse', value: { service: offered.map((name) => ({ name })) } };
    case 'fileByFilename':
      return filesOrNot(files().getFile(question.value), `file ${question.value}`);
    case 'fileContainingSymbol':
      return filesOrNot(fileOf(question.value), `symbol ${question.value}`);
    case 'fileContainingExtension':
    case 'allExtensionNumbersOfType':
      return error(status.NOT_FOUND, 'no message of the contract has extensions');
    default:
      return error(status.UNIMPLEMENTED, 'no question that is known here');
  }
}

/** The file of a type or service, or of a method or field: those are known by what they are in. */
function fileOf(symbol: string): DescFile | undefined {
  const found = files().get(symbol);
  if (found) return found.file;
  const dot = symbol.lastIndexOf('.');
  const parent = files().get(symbol.slice(0, Math.max(dot, 0)));
  const name = symbol.slice(dot + 1);
  if (parent?.kind === 'service') return parent.methods.some((each) => each.name === name) ? parent.file : undefined;
  return parent?.kind === 'message' && parent.fields.some((each) => each.name === name) ? parent.file : undefined;
}

function filesOrNot(file: DescFile | undefined, what: string): Answer {
  if (file === undefined) return error(status.NOT_FOUND, `there is no ${what}`);
  const all = new Set<DescFile>();
  addWithDependencies(file, all);
  const fileDescriptorProto = [...all].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function addWithDependencies(file: DescFile, to: Set<DescFile>): void {
  if (to.has(file)) return;
  to.add(file);
  for (const dependency of file.dependencies) addWithDependencies(dependency, to);
}

function error(errorCode: status, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}

let registry: FileRegistry | undefined;

/** Read when somebody asks: it takes longer than all else that the start of a server does. */
function files(): FileRegistry {
  registry ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSet, 'base64')));
  return registry;
}
