/** What a line of mmdebstrap's output says for people; undefined when it says nothing worth showing. */
export function describeInstallLine(line: string): string | undefined {
  const fetched = /^Get:\d+ \S+ \S+ \S+ (\S+) /.exec(line);
  if (fetched) return `fetching ${fetched[1]}`;
  const unpacked = /^Unpacking (\S+) /.exec(line);
  if (unpacked) return `unpacking ${unpacked[1]}`;
  const configured = /^Setting up (\S+) /.exec(line);
  return configured ? `setting up ${configured[1]}` : undefined;
}
