import type { handleBidiStreamingCall, MethodDefinition, Server, ServiceDefinition } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProto } from 'grpc-health-check';
import { descriptorSet } from '../../gen/descriptors.js';

const method = 'ServerReflectionInfo';
/** The versions of the protocol; older clients know the first alone. */
const protocols = ['grpc.reflection.v1alpha.ServerReflection', 'grpc.reflection.v1.ServerReflection'];

type Definition = MethodDefinition<unknown, unknown>;
type Handler = handleBidiStreamingCall<unknown, unknown>;

interface Implementation {
  readonly definition: Definition;
  readonly handler: Handler;
}

/**
 * Lets generic clients such as grpcurl ask a socket what it offers: health, and the services of these full names. The
 * descriptors are read when somebody asks: it takes longer than all else that the start of a server does.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  let made: ReadonlyMap<string, Implementation> | undefined;
  const implementation = (path: string): Implementation => {
    made ??= implementations(services);
    const found = made.get(path);
    if (found === undefined) throw new Error(`the reflection library does not implement ${path}`);
    return found;
  };
  for (const protocol of protocols) {
    const path = `/${protocol}/${method}`;
    const definition: Definition = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: (message) => implementation(path).definition.requestSerialize(message),
      requestDeserialize: (bytes) => implementation(path).definition.requestDeserialize(bytes),
      responseSerialize: (message) => implementation(path).definition.responseSerialize(message),
      responseDeserialize: (bytes) => implementation(path).definition.responseDeserialize(bytes),
    };
    const handler: Handler = (call) => implementation(path).handler(call);
    server.addService({ [method]: definition }, { [method]: handler });
  }
}

/** What the library would add to a server, by path. */
function implementations(services: readonly string[]): ReadonlyMap<string, Implementation> {
  const ours = loadFileDescriptorSetFromBuffer(Buffer.from(descriptorSet, 'base64'));
  const definition = { ...ours, ...loadSync(healthProto) };
  const found = new Map<string, Implementation>();
  const addService = (service: ServiceDefinition, handlers: Record<string, Handler>) => {
    const [entry, handler] = [service[method], handlers[method]];
    if (entry && handler) found.set(entry.path, { definition: entry, handler });
  };
  // The descriptors are those of every service; a socket offers only its own.
  const library = new ReflectionService(definition, { services: [...services, 'grpc.health.v1.Health'] });
  library.addToServer({ addService } as unknown as Server);
  return found;
}
