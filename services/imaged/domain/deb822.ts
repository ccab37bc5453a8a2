/** A stanza of the control-file format of Debian: fields by their lower-case name. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Reads the format that package lists, package states and `.sources` files share: stanzas of "Field: value", parted by
 * empty lines; a line that starts with a blank goes on with the field before it; "#" starts a comment. deb822(5).
 */
export function parseDeb822(text: string): Stanza[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const stanzas = lines.join('\n').split(/\n(?:[ \t]*\n)+/);
  return stanzas.map(parseStanza).filter((stanza) => stanza.size > 0);
}

function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let field = '';
  for (const line of text.split('\n')) {
    const [, name, value] = /^([^\s:]+):(.*)$/.exec(line) ?? [];
    if (name !== undefined) field = name.toLowerCase();
    if (field === '') continue;
    const before = name === undefined ? `${fields.get(field)}\n` : '';
    fields.set(field, `${before}${(value ?? line).trim()}`.trim());
  }
  return fields;
}

/** The words of a field that holds a list. */
export function words(stanza: Stanza, field: string): string[] {
  return (stanza.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
}
