/** A strict reader of Prometheus' text format, version 0.0.4: what it does not refuse, a scraper takes. */

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ReadSample[];
}

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const nameText = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const headPattern = new RegExp(`^# (HELP|TYPE) (${nameText}) (.+)$`);
const samplePattern = new RegExp(`^(${nameText})(?:\\{(.*)\\})? (\\S+)$`, 's');
const labelPattern = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;
const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/** Throws at the first line that is not right, and says what is wrong with it. */
export function readExposition(text: string): Family[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families: Array<{ name: string; type: string; help: string; samples: ReadSample[] }> = [];
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    const fail = (why: string): never => {
      throw new Error(`line ${index + 1}: ${why}: ${line}`);
    };
    const [, word, name = '', rest = ''] = headPattern.exec(line) ?? [];
    const current = families.at(-1);
    if (word === 'HELP') {
      if (families.some((family) => family.name === name)) fail('the family was there before');
      families.push({ name, type: '', help: rest, samples: [] });
    } else if (word === 'TYPE') {
      if (current?.name !== name || current.type !== '' || !types.includes(rest)) fail('a type out of place');
      if (current) current.type = rest;
    } else {
      const sample = readSample(line) ?? fail('neither a head nor a sample');
      if (current === undefined || current.type === '') fail('a sample without a head');
      else if (!belongs(current, sample.name)) fail('a sample of another family');
      else current.samples.push(sample);
    }
  }
  for (const family of families) checkFamily(family);
  return families;
}

function readSample(line: string): ReadSample | undefined {
  const [, name, inner = '', number = ''] = samplePattern.exec(line) ?? [];
  const labels: Record<string, string> = {};
  let rest = inner;
  while (rest !== '') {
    const [whole, label, value] = labelPattern.exec(rest) ?? [];
    if (whole === undefined || label === undefined || label in labels) return undefined;
    labels[label] = value ?? '';
    rest = rest.slice(whole.length);
  }
  const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number);
  return name === undefined || (Number.isNaN(value) && number !== 'NaN') ? undefined : { name, labels, value };
}

function belongs({ name, type }: Family, sample: string): boolean {
  if (type !== 'histogram') return sample === name;
  return ['_bucket', '_sum', '_count'].some((suffix) => sample === name + suffix);
}

function checkFamily(family: Family): void {
  const { name, type, samples } = family;
  const fail = (why: string): never => {
    throw new Error(`${name}: ${why}`);
  };
  if (type === '') fail('has no type');
  if (type === 'counter' && !name.endsWith('_total')) fail('a counter is called _total');
  if (type !== 'counter' && name.endsWith('_total')) fail('only a counter is called _total');
  const keys = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]));
  if (new Set(keys).size !== keys.length) fail('has a sample twice');
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) fail('a counter below 0');
  if (type === 'histogram') checkHistogram(family, fail);
}

function checkHistogram({ name, samples }: Family, fail: (why: string) => never): void {
  const groups = new Map<string, ReadSample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(Object.entries(labels).sort());
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const group of groups.values()) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)));
    const values = buckets.map(({ value }) => value);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) fail('the last bucket is +Inf');
    if (bounds.some((bound, i) => i > 0 && !(bound > (bounds[i - 1] ?? 0)))) fail('bounds that do not grow');
    if (values.some((value, i) => i > 0 && value < (values[i - 1] ?? 0))) fail('buckets that do not add up');
    if (group.find((sample) => sample.name === `${name}_count`)?.value !== values.at(-1)) fail('another count');
    if (!group.some((sample) => sample.name === `${name}_sum`)) fail('has no sum');
  }
}
