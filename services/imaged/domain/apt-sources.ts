import { parseDeb822, type Stanza, words } from './deb822.js';

/** An entry of apt's sources: where packages come from. sources.list(5). */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** The other fields, such as "Signed-By", by the name that they have in a `.sources` file, lower-case. */
  readonly options: Readonly<Record<string, string>>;
}

/** Fields of a `.sources` file that are no options. */
const mainFields = new Set(['types', 'uris', 'suites', 'components', 'enabled']);

/** The binary entries of a `.sources` file that are enabled. */
export function parseSourcesFile(text: string): AptSource[] {
  const stanzas = parseDeb822(text).filter((stanza) => isEnabled(stanza) && words(stanza, 'types').includes('deb'));
  return stanzas.map((stanza) => ({
    uris: words(stanza, 'uris'),
    suites: words(stanza, 'suites'),
    components: words(stanza, 'components'),
    options: Object.fromEntries([...stanza].filter(([field]) => !mainFields.has(field))),
  }));
}

function isEnabled(stanza: Stanza): boolean {
  return !/^(no|false|without|off|disable)$/i.test(stanza.get('enabled') ?? 'yes');
}

/** Options of the one-line style whose field has another name. */
const fieldOfOption: Readonly<Record<string, string>> = { arch: 'architectures', lang: 'languages', target: 'targets' };

/** The binary entries of a file in the one-line style: "deb [option=value …] URI SUITE COMPONENT…". */
export function parseListFile(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(?!cdrom:)(\S+)\s+(\S+)((?:\s+[^\s#]\S*)*)/.exec(line);
    if (!match) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    return [{ uris: [uri], suites: [suite], components: split(components), options: parseOptions(options) }];
  });
}

function parseOptions(text: string): Record<string, string> {
  const pairs = split(text).map((option) => {
    const [name = '', value = ''] = option.split(/\+?=(.*)/s);
    const field = name.replace(/-$/, '').toLowerCase();
    return [fieldOfOption[field] ?? field, value.replaceAll(',', ' ')] as const;
  });
  return Object.fromEntries(pairs);
}

function split(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** A package list that apt has fetched, with what apt knows of its repository. */
export interface PackageList {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  readonly architecture: string;
  /** Who publishes it, such as "Debian". */
  readonly origin: string;
}

/**
 * The entries of the distribution's own archive for one suite, its updates and its security fixes, with the component
 * main only. Entries of others, which may use the same suite names, are told apart by their origin, where apt knows it.
 */
export function archiveSources(
  all: readonly AptSource[],
  suite: string,
  distribution: string,
  lists: readonly PackageList[],
): AptSource[] {
  const wanted = [suite, `${suite}-updates`, `${suite}-security`];
  const foreign = new Set(lists.filter((list) => !sameName(list.origin, distribution)).map((list) => bare(list.uri)));
  return all
    .filter((source) => source.components.includes('main'))
    .map((source) => ({
      ...source,
      uris: source.uris.filter((uri) => !uri.startsWith('cdrom:') && !foreign.has(bare(uri))),
      suites: source.suites.filter((name) => wanted.includes(name)),
      components: ['main'],
    }))
    .filter((source) => source.uris.length > 0 && source.suites.length > 0);
}

/** The architectures of packages that a guest can run. */
const guestArchitectures = ['amd64', 'all'];

/** The lists that name what can be installed from these entries; those of other entries and architectures do not. */
export function listsOf<L extends PackageList>(sources: readonly AptSource[], lists: readonly L[]): L[] {
  const names = ({ uris, suites, components }: AptSource, list: L) =>
    uris.some((uri) => bare(uri) === bare(list.uri)) &&
    suites.includes(list.suite) &&
    components.includes(list.component);
  return lists.filter(
    (list) => guestArchitectures.includes(list.architecture) && sources.some((source) => names(source, list)),
  );
}

/** The same entries for another suite of the same distribution. */
export function forSuite(sources: readonly AptSource[], from: string, to: string): AptSource[] {
  const rename = (name: string) => (name === from || name.startsWith(`${from}-`) ? to + name.slice(from.length) : name);
  return sources.map((source) => ({ ...source, suites: source.suites.map(rename) }));
}

/** The entries as the text of a `.sources` file. */
export function renderSources(sources: readonly AptSource[]): string {
  const stanzas = sources.map((source) => {
    const fields = {
      types: 'deb',
      uris: source.uris.join(' '),
      suites: source.suites.join(' '),
      components: source.components.join(' '),
      ...source.options,
    };
    return Object.entries(fields)
      .map(([field, value]) => `${title(field)}: ${continued(value)}\n`)
      .join('');
  });
  return stanzas.join('\n');
}

/** A value of several lines, such as a key, has each on a line that starts with a blank. */
function continued(value: string): string {
  return value.includes('\n')
    ? value
        .split('\n')
        .map((line) => `\n ${line}`)
        .join('')
    : value;
}

function title(field: string): string {
  return field.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function bare(uri: string): string {
  return uri.replace(/\/+$/, '');
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
