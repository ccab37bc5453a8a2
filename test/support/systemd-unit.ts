/** A file of systemd, as systemd.syntax(7) has it. */
export interface Unit {
  readonly sections: readonly string[];
  /** The words of all lines with that key, in their order; an empty line forgets those before it. */
  get(section: string, key: string): string[];
}

export function parseUnit(text: string): Unit {
  const entries: { section: string; key: string; value: string }[] = [];
  const sections: string[] = [];
  for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    const heading = /^\[(.+)\]$/.exec(line)?.[1];
    if (heading !== undefined) sections.push(heading);
    else if (line.trim() !== '' && !/^[#;]/.test(line)) {
      const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      const section = sections.at(-1);
      if (key === undefined || value === undefined || section === undefined)
        throw new Error(`no line of a unit: ${line}`);
      entries.push({ section, key, value });
    }
  }
  const get = (section: string, key: string) => {
    let words: string[] = [];
    for (const entry of entries.filter((each) => each.section === section && each.key === key)) {
      words = entry.value === '' ? [] : [...words, ...entry.value.split(/\s+/)];
    }
    return words;
  };
  return { sections, get };
}
