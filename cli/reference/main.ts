import { bashCompletion } from './bash.js';
import { commandDocument } from './commands-document.js';
import { contractDocument } from './contract-document.js';
import { describeCommands } from './describe.js';
import type { FileDescriptors } from './descriptors.js';
import { fishCompletion } from './fish.js';
import { jsonSchema } from './json-schema.js';
import { manualPages } from './man.js';
import { renderPage } from './roff.js';
import { zshCompletion } from './zsh.js';

/** What is made of the commands for others to read: paths below share/, and their text. scripts/lib/reference.mjs writes them. */
export async function reference(version: string): Promise<Record<string, string>> {
  const described = await describeCommands();
  const pages = manualPages(described, version);
  return {
    ...Object.fromEntries(pages.map((page) => [`man/man${page.number}/${page.name}.${page.number}`, renderPage(page)])),
    'bash-completion/completions/banger': bashCompletion(described),
    'zsh/site-functions/_banger': zshCompletion(described),
    'fish/vendor_completions.d/banger.fish': fishCompletion(described),
  };
}

/** What is made of the commands and of the contract for docs/reference: names, and their text. scripts/generate-docs.mjs writes them. */
export async function documents(contract: FileDescriptors): Promise<Record<string, string>> {
  return {
    'cli.md': commandDocument(await describeCommands()),
    'api.md': contractDocument(contract),
    'cli.schema.json': `${JSON.stringify(jsonSchema(contract), null, 2)}\n`,
  };
}

/** What each command says of itself, by its words: for cli/help.ts. */
export async function summaries(): Promise<Record<string, string>> {
  const { groups, singles } = await describeCommands();
  const all = [...groups.flatMap(({ commands }) => commands), ...singles];
  return Object.fromEntries(all.map(({ path, command }) => [path, command.summary]));
}
