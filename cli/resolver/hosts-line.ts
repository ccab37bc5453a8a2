/** Sources of host names that this command knows what to make of. */

/**
 * The services that the C library asks for host names, in their order: nsswitch.conf(5). Without a line, those that it asks
 * then.
 */
export function hostsSources(nsswitch: string): string[] {
  const line = nsswitch.split('\n').find((each) => /^\s*hosts:/.test(each));
  if (line === undefined) return ['dns', 'files'];
  const [, list = ''] = line.replace(/#.*/, '').split(/hosts:/);
  // What stands in brackets says when to go on, such as [!UNAVAIL=return].
  return list
    .replace(/\[[^\]]*\]/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
}
