import { readConfigSource, readRuntimeKeys } from '../config.js';
import type { Environment, Paths } from '../paths.js';
import { isCheckout, programRoot } from '../program.js';
import { type RuntimeDecision, resolveRuntime } from '../runtime.js';

/** Where this program looks for its runtime bundle, by what it was told and what it is. Fails with INVALID_CONFIG. */
export function locateRuntime({ configFile }: Paths, env: Environment, flag?: string): RuntimeDecision {
  const config = readRuntimeKeys(readConfigSource(configFile, env));
  return resolveRuntime({ ...(flag && { flag }), env, config, programRoot, isCheckout: isCheckout() });
}
