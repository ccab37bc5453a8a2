import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HostServiceService, type Purpose as WirePurpose } from '../../gen/banger/host/v1/host_service.js';
import { type Discrepancy, discrepancyKinds } from '../discrepancy.js';
import { type HostFinding, type Purpose, purposes, severities } from '../finding.js';
import { silentLog } from '../log.js';
import { tempFolder } from '../testing/temp-folder.js';
import { createClient } from './client.js';
import { createHostCheckClient, type HostCheckClient } from './host-check-client.js';
import { bindHostCheck } from './host-check-server.js';
import { bind, type RunningServer, type ServiceBinding, serve } from './server.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: RunningServer;
let client: HostCheckClient;
let socketPath: string;

const everyKind: HostFinding[] = purposes.flatMap((purpose) =>
  severities.map((severity) => ({ purpose, severity, type: 'TOOL', subject: 'ip', found: 'not found', remedy: 'x' })),
);
let asked: readonly Purpose[];

async function start(binding: ServiceBinding): Promise<void> {
  server = await serve({ service: 'netd', socketPath, bindings: [binding], log: silentLog });
  client = createHostCheckClient('netd', socketPath);
}

beforeEach(async () => {
  folder = await tempFolder();
  socketPath = join(folder.path, 's.sock');
});
afterEach(async () => {
  client.close();
  await server.stop(200);
  await folder.remove();
});

const answering = bindHostCheck(async (wanted) => {
  asked = wanted;
  return everyKind;
});

test('every purpose and every severity survives the wire', async () => {
  await start(answering);
  expect(await client.check(['nat', 'dns'])).toEqual(everyKind);
  expect(asked).toEqual(['nat', 'dns']);
});

test('none stands for all; one that is not known is left out', async () => {
  await start(answering);
  await client.check([]);
  expect(asked).toEqual(purposes);
  const plain = createClient(HostServiceService, 'netd', socketPath);
  await plain.checkHost({ purposes: [99 as WirePurpose] });
  plain.close();
  expect(asked).toEqual([]);
});

test('what a newer service tells is never taken for good', async () => {
  const newer = { type: 'TOOL', subject: 's', found: 'f', remedy: 'r' };
  await start(
    bind(HostServiceService, {
      checkHost: () => ({
        findings: [
          { purpose: 99 as never, severity: 1, ...newer },
          { purpose: 1, severity: 77 as never, ...newer },
        ],
      }),
      findDiscrepancies: () => ({
        discrepancies: [
          { kind: 'TAP', state: 77 as never, subject: 's', found: 'f', remedy: 'r', failure: '' },
          { kind: 'COMET', state: 1, subject: 's', found: 'f', remedy: 'r', failure: '' },
        ],
      }),
      reconcile: () => ({ discrepancies: [] }),
    }),
  );
  expect(await client.check([])).toEqual([{ purpose: 'vm-start', severity: 'warning', ...newer }]);
  expect(await client.reconcile(false)).toMatchObject([{ kind: 'TAP', state: 'found' }]);
});

test('every kind and state of a discrepancy survives the wire, and a look asks for no repair', async () => {
  const repairs: boolean[] = [];
  const states = ['found', 'repaired', 'failed'] as const;
  const all: Discrepancy[] = discrepancyKinds.flatMap((kind) =>
    states.map((state) => ({ kind, state, subject: 's', found: 'f', remedy: 'r', failure: 'x' })),
  );
  const reconcile = async (repair: boolean) => {
    repairs.push(repair);
    return all;
  };
  await start(bindHostCheck(async () => [], reconcile));
  expect(await client.reconcile(false)).toEqual(all);
  expect(await client.reconcile(true)).toEqual(all);
  expect(repairs).toEqual([false, true]);
});
