import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { answers } from '../../cli/reference/answers.js';
import { route } from '../../cli/route.js';

/** What commands print with --json, held against docs/reference/cli.schema.json. */

const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
ajv.addSchema(JSON.parse(readFileSync('docs/reference/cli.schema.json', 'utf8')), 'cli');

/** What of the output of a command line is not as the schema says; nothing for one that did not ask for JSON. */
export function answerMistakes(argv: readonly string[], stdout: string, stderr: string): string[] {
  if (!argv.includes('--json') && !/(^| )(-o|--output)[ =]json\b/.test(argv.join(' '))) return [];
  const wrong = stderr.startsWith('{') ? mistakes('error of any command', JSON.parse(stderr)) : [];
  const path = pathOf(argv);
  const schema = path === undefined ? undefined : answers[path];
  if (!schema || stdout === '') return wrong;
  const texts = /document per line/.test(String(schema.description)) ? stdout.trimEnd().split('\n') : [stdout];
  return [...wrong, ...texts.flatMap((text) => mistakes(`banger ${path}`, JSON.parse(text)))];
}

/** Undefined for what is no command. */
function pathOf(argv: readonly string[]): string | undefined {
  try {
    const found = route(argv);
    return found.kind === 'command' ? found.path : undefined;
  } catch {
    return undefined;
  }
}

function mistakes(definition: string, document: unknown): string[] {
  if (ajv.validate({ $ref: `cli#/$defs/${definition.replaceAll(' ', '%20')}` }, document)) return [];
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${definition}${instancePath} ${message}`);
}
