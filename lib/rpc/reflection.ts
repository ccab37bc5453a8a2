import type { Server } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { descriptorSet } from '../../gen/descriptors.js';

/** Lets generic clients such as grpcurl ask a socket what it offers. */
export function addReflection(server: Server): void {
  const definition = loadFileDescriptorSetFromBuffer(Buffer.from(descriptorSet, 'base64'));
  new ReflectionService(definition).addToServer(server);
}
