import type { Server } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProto } from 'grpc-health-check';
import { descriptorSet } from '../../gen/descriptors.js';

/** Lets generic clients such as grpcurl ask a socket what it offers: health, and the services of these full names. */
export function addReflection(server: Server, services: readonly string[]): void {
  const ours = loadFileDescriptorSetFromBuffer(Buffer.from(descriptorSet, 'base64'));
  const definition = { ...ours, ...loadSync(healthProto) };
  // The descriptors are those of every service; a socket offers only its own.
  new ReflectionService(definition, { services: [...services, 'grpc.health.v1.Health'] }).addToServer(server);
}
