import { dnsLabelProblem } from '../../lib/dns-label.js';
import { suggest } from '../../lib/suggest.js';
import type { TomlPath } from '../../lib/toml-lines.js';
import type { Mistake, Project, WantedImage, WantedVm } from './file.js';
import { isTable, keys, shapeNames, told } from './keys.js';
import { inOneForm, standardShape, type VmShape } from './shape.js';
import { sharedMistakes } from './together.js';

const importKinds = ['layout', 'archive', 'registry', 'export', 'disk'] as const;

/** What a document asks for, and every mistake in it. A VM with mistakes is left out of what it asks for. */
export function readProject(document: unknown): { readonly project: Project; readonly mistakes: readonly Mistake[] } {
  const reading = new Reading();
  const top = reading.table([], document, ['project', 'defaults', 'images', 'vms']);
  const defaults = reading.shape(['defaults'], top.defaults ?? {}, standardShape, ['ip', 'mac', 'aliases', 'publish']);
  const images = reading.entries(['images'], top.images).flatMap(([name, value]) => reading.image(name, value));
  const vms = reading.entries(['vms'], top.vms).flatMap(([name, value]) => reading.vm(name, value, defaults));
  const name = top.project === undefined ? '' : reading.name(['project'], top.project);
  if (top.vms === undefined && top.images === undefined) {
    reading.wrong([], 'has neither [vms.NAME] nor [images.NAME]: there is nothing to apply');
  }
  const mistakes = [...reading.mistakes, ...sharedMistakes(vms)];
  return { project: { name, images, vms }, mistakes };
}

class Reading {
  readonly mistakes: Mistake[] = [];

  wrong(path: TomlPath, description: string): void {
    this.mistakes.push({ path, description });
  }

  /** The value as a table; empty when it is none. Keys that nobody knows are mistakes. */
  table(path: TomlPath, value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
    if (!isTable(value)) {
      this.wrong(path, `must be a table, is ${told(value)}`);
      return {};
    }
    for (const key of Object.keys(value).filter((one) => !known.includes(one))) {
      const meant = suggest(key.replaceAll('-', '_'), known);
      this.wrong(
        [...path, key],
        `there is no such key${meant ? `; did you mean ${meant}?` : `; there are ${known.join(', ')}`}`,
      );
    }
    return value;
  }

  entries(path: TomlPath, value: unknown): [string, unknown][] {
    if (value === undefined) return [];
    if (isTable(value)) return Object.entries(value);
    this.wrong(path, `must be tables [${path.join('.')}.NAME], is ${told(value)}`);
    return [];
  }

  name(path: TomlPath, value: unknown): string {
    const problem = typeof value === 'string' ? dnsLabelProblem(value) : `must be a text in quotes, is ${told(value)}`;
    if (problem !== undefined) this.wrong(path, problem);
    return typeof value === 'string' ? value : '';
  }

  vm(name: string, value: unknown, defaults: VmShape): WantedVm[] {
    const [path, before] = [['vms', name], this.mistakes.length];
    const problem = dnsLabelProblem(name);
    if (problem !== undefined) this.wrong(path, `the name ${problem}`);
    const shape = this.shape(path, value, defaults, []);
    return this.mistakes.length > before ? [] : [{ name, shape: inOneForm(shape) }];
  }

  /** A shape with what a table says of it, and the rest as in `base`. */
  shape(path: TomlPath, value: unknown, base: VmShape, forbidden: readonly string[]): VmShape {
    const names = shapeNames.filter((name) => !forbidden.includes(name));
    const given = this.table(
      path,
      value,
      names.map((name) => keys[name].key),
    );
    const read = names.flatMap((name) => {
      const { key, read: reader } = keys[name];
      if (!Object.hasOwn(given, key)) return [];
      const result = reader(given[key]);
      if ('value' in result) return [[name, result.value] as const];
      for (const { at, description } of result.mistakes) this.wrong([...path, key, ...at], description);
      return [];
    });
    const own = Object.fromEntries(read) as Partial<VmShape>;
    return {
      ...base,
      ...own,
      labels: { ...base.labels, ...own.labels },
      environment: { ...base.environment, ...own.environment },
    };
  }

  image(name: string, value: unknown): WantedImage[] {
    const [path, before] = [['images', name], this.mistakes.length];
    const { recipe, import: source, kind } = this.table(path, value, ['recipe', 'import', 'kind']);
    if ((recipe === undefined) === (source === undefined)) this.wrong(path, 'needs either recipe or import');
    for (const [key, one] of Object.entries({ recipe, import: source })) {
      if (one !== undefined && (typeof one !== 'string' || one === '')) {
        this.wrong([...path, key], `must be a text in quotes, is ${told(one)}`);
      }
    }
    if (kind !== undefined && !importKinds.some((one) => one === kind)) {
      this.wrong([...path, 'kind'], `must be ${importKinds.map((one) => `"${one}"`).join(' or ')}, is ${told(kind)}`);
    } else if (kind !== undefined && source === undefined) this.wrong([...path, 'kind'], 'goes with import');
    if (this.mistakes.length > before) return [];
    const how = recipe === undefined ? 'import' : 'recipe';
    return [{ name, how, source: String(recipe ?? source), kind: String(kind ?? '') }];
  }
}
