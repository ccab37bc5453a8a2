import { stepsOf } from '../../lib/journal/journalled.js';
import { effects as imaged } from '../../services/imaged/app/effects.js';
import { effects as netd } from '../../services/netd/app/effects.js';
import { effects as vmm } from '../../services/vmm/app/effects.js';

/** "service port.method" of every effect that a service has on the host. */
export function stepsOfTheCode(): string[] {
  return Object.entries({ vmm, netd, imaged }).flatMap(([service, effects]) =>
    stepsOf(effects).map((step) => `${service} ${step}`),
  );
}

/** Steps that no verb here takes, each with where it is killed instead, or why not. */
export const stepsWithoutVerb: Readonly<Record<string, string>> = {
  'vmm guests.runScript':
    'runs in a temporary VM, which goes with its service: services/vmm/app/customize-image.test.ts',
  'netd links.removeTapUnlessOpen':
    'for a tap of another owner, as when a jail is turned on: test/host/netd-restart.test.ts',
  'imaged cache.put': 'of builds from recipes, which take minutes: services/imaged/host/step-cache.test.ts',
  'imaged packages.refresh': "apt's own lists, which apt keeps whole",
};
