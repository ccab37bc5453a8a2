import type { BangerError } from '../../../lib/errors.js';
import { imageTooLarge, importRefused, importSourceNotFound, registryUnavailable } from './errors.js';
import type { ContainerSource } from './import-source.js';

const fatalLine = /level=fatal msg=(?<quoted>"(?:[^"\\]|\\.)*")/;

/** What skopeo said last; its whole output when it said nothing in its own form. */
function skopeoMessage(output: string): string {
  const quoted = fatalLine.exec(output)?.groups?.quoted;
  const text = quoted === undefined ? output.trim() : unquote(quoted);
  return text.replace(/^Error parsing image name "[^"]*": /, '');
}

/** Go quotes as JSON does, but for control characters. */
function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

const noSpace = /no space left on device/i;
const tooLarge = /file size limit exceeded|file too large/i;
const notThere =
  /manifest unknown|name unknown|\bNAME_UNKNOWN\b|not found|no descriptor found|no such (?:image|host path)/i;
const notAllowed = /unauthorized|authentication required|access to the resource is denied|\b40[13]\b/i;
const several = /more than one image|several images|specify (?:the )?image/i;
const damaged = /did not match|digest|invalid|unsupported|unknown|no image found/i;

/** Why skopeo could not give an image, as an error of ours; undefined when that is no matter of the source. */
export function skopeoFailure(source: ContainerSource, output: string): BangerError | undefined {
  const why = skopeoMessage(output);
  const name = nameOfSource(source);
  if (noSpace.test(why)) return undefined;
  if (tooLarge.test(output)) return imageTooLarge(name, 'a part of it is larger than it says, or than there is space');
  if (source.kind !== 'registry') return localFailure(name, why);
  if (notAllowed.test(why)) {
    const host = source.reference.split('/')[0];
    const advice = `if it is there and private, run \`skopeo login ${host}\` as the user that runs imaged`;
    return importSourceNotFound(name, `the registry does not give it (${why}); ${advice}`);
  }
  if (/no such host|dial tcp|tls:|x509|timeout|EOF/i.test(why)) return registryUnavailable(source.reference, why);
  if (notThere.test(why)) return importSourceNotFound(name, `the registry does not have it (${why})`);
  return damaged.test(why) ? importRefused(name, why) : registryUnavailable(source.reference, why);
}

function localFailure(name: string, why: string): BangerError {
  if (several.test(why) || /no descriptor found|not found/i.test(why)) {
    return importSourceNotFound(name, `it has no such image (${why}); name one after the path, as in oci:PATH:TAG`);
  }
  return importRefused(name, why);
}

/** A source as people write it. */
export function nameOfSource(source: ContainerSource): string {
  return source.kind === 'registry' ? `docker://${source.reference}` : source.path;
}
