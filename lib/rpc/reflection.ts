import { type Server, type ServerDuplexStream, status } from '@grpc/grpc-js';
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
    // One after the other, as they were asked.
    let last = Promise.resolve();
    const then = (work: () => Promise<void> | void) => {
      last = last.then(work).catch((failure) => void call.emit('error', failure));
    };
    call.on('data', (request: ServerReflectionRequest) => {
      then(async () => {
        const messageResponse = await answerTo(request.messageRequest, offered);
        call.write({ validHost: request.host, originalRequest: request, messageResponse });
      });
    });
    call.on('end', () => then(() => void call.end()));
  };
  for (const protocol of protocols) {
    const definition = { ...method, path: `/${protocol}/ServerReflectionInfo` };
    server.addService({ serverReflectionInfo: definition }, { serverReflectionInfo: handler as never });
  }
}

async function answerTo(
  question: ServerReflectionRequest['messageRequest'],
  offered: readonly string[],
): Promise<Answer> {
  switch (question?.$case) {
    case 'listServices':
      return { $case: 'listServicesResponse', value: { service: offered.map((name) => ({ name })) } };
    case 'fileByFilename':
      return filesOrNot((await descriptorFiles()).filesByName(question.value), `file ${question.value}`);
    case 'fileContainingSymbol':
      return filesOrNot((await descriptorFiles()).filesBySymbol(question.value), `symbol ${question.value}`);
    case 'fileContainingExtension':
    case 'allExtensionNumbersOfType':
      return error(status.NOT_FOUND, 'no message of the contract has extensions');
    default:
      return error(status.UNIMPLEMENTED, 'no question that is known here');
  }
}

const descriptorFiles = () => import('./descriptor-files.js');

function filesOrNot(fileDescriptorProto: Buffer[] | undefined, what: string): Answer {
  if (fileDescriptorProto === undefined) return error(status.NOT_FOUND, `there is no ${what}`);
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function error(errorCode: status, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}
