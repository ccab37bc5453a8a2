import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Family, readExposition } from '../testing/exposition.js';
import { type MetricSpec, metricCatalogue, metricsOf } from './catalogue.js';
import { Metrics } from './metrics.js';

async function familiesOf(metrics: Metrics): Promise<Map<string, Family>> {
  return new Map(readExposition(await metrics.text()).map((family) => [family.name, family]));
}

test('every metric that a program tells has a head, before it has a value', async () => {
  const families = await familiesOf(new Metrics('netd'));
  expect([...families.keys()]).toEqual(metricsOf('netd'));
  expect(families.has('banger_attachments')).toBe(true);
  expect(families.has('banger_vms')).toBe(false);
});

test('counters add up by their labels; collectors are asked at each scrape', async () => {
  const metrics = new Metrics('vmm');
  let vms = 1;
  metrics.collectFrom(() => [{ name: 'banger_vms', labels: { state: 'running' }, value: vms }]);
  metrics.add('banger_rpc_requests_total', { method: 'VmService/GetVm', code: 'OK' });
  metrics.add('banger_rpc_requests_total', { code: 'OK', method: 'VmService/GetVm' });
  metrics.add('banger_rpc_requests_total', { method: 'VmService/GetVm', code: 'NOT_FOUND' });
  vms = 7;
  const families = await familiesOf(metrics);
  expect(families.get('banger_vms')?.samples).toEqual([{ name: 'banger_vms', labels: { state: 'running' }, value: 7 }]);
  expect(families.get('banger_rpc_requests_total')?.samples.map(({ value }) => value)).toEqual([2, 1]);
});

test('a histogram counts each time in its bound and all above', async () => {
  const metrics = new Metrics('vmm');
  for (const seconds of [0.0005, 0.005, 0.006, 1000]) {
    metrics.observe('banger_rpc_duration_seconds', { method: 'VmService/GetVm' }, seconds);
  }
  const samples = (await familiesOf(metrics)).get('banger_rpc_duration_seconds')?.samples ?? [];
  const byBound = samples.filter(({ labels }) => 'le' in labels).map(({ labels, value }) => [labels.le, value]);
  expect(byBound.slice(0, 3)).toEqual([
    ['0.001', 1],
    ['0.005', 2],
    ['0.025', 3],
  ]);
  expect(byBound.at(-1)).toEqual(['+Inf', 4]);
  expect(samples.at(-2)?.value).toBeCloseTo(1000.0115);
});

test('whatever is counted, a strict reader takes it and finds it again', async () => {
  const label = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
  const calls = fc.array(
    fc.record({ method: label, code: label, seconds: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
  );
  await fc.assert(
    fc.asyncProperty(calls, async (all) => {
      const metrics = new Metrics('dnsd');
      for (const { method, code, seconds } of all) {
        metrics.add('banger_rpc_requests_total', { method, code });
        metrics.observe('banger_rpc_duration_seconds', { method }, seconds);
      }
      const families = await familiesOf(metrics);
      const counted = families.get('banger_rpc_requests_total')?.samples ?? [];
      expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(all.length);
      expect(counted).toHaveLength(new Set(all.map(({ method, code }) => `${method}\0${code}`)).size);
    }),
  );
});

test('names and units are as Prometheus asks', () => {
  for (const [name, { type, labels }] of Object.entries<MetricSpec>(metricCatalogue)) {
    expect(name).toMatch(/^(banger|process|nodejs)_[a-z0-9_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    for (const label of labels) expect(['le', 'quantile', 'job', 'instance']).not.toContain(label);
  }
});

test.each([
  ['no head', 'a 1\n'],
  ['no end', '# HELP a b\n# TYPE a gauge\na 1'],
  ['a value that is no number', '# HELP a b\n# TYPE a gauge\na one\n'],
  ['a sample twice', '# HELP a b\n# TYPE a gauge\na 1\na 2\n'],
  ['a quote in a label', '# HELP a b\n# TYPE a gauge\na{x="y"z"} 1\n'],
  ['a counter of another name', '# HELP a b\n# TYPE a counter\na 1\n'],
])('the reader refuses %s', (_, text) => {
  expect(() => readExposition(text)).toThrow();
});
