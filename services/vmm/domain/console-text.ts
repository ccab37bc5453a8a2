/** The lines of a terminal's output, without escape sequences and control characters. */
export function printableLines(text: string): string[] {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
      .replace(/\u001b(\[[0-9;?]*[ -/]*[@-~]|[()][A-Za-z0-9]|[=>c78])/g, '')
      .split(/[\r\n]+/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
      .map((line) => line.replace(/[\u0000-\u001f\u007f]/g, '').trim())
      .filter((line) => line !== '')
  );
}
