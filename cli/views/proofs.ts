import { checklist } from '../render/checklist.js';
import type { Style } from '../render/style.js';
import type { Proof } from '../verify/proof.js';

/** A line for each thing that was tried, and the verdict. */
export function proofsReport(proofs: readonly Proof[], style: Style): string {
  const lines = proofs.map(({ what, severity, seen, remedy }) => ({ name: what, severity, text: seen, remedy }));
  return [...checklist(lines, 0, style), '', verdict(proofs, style)].join('\n');
}

function verdict(proofs: readonly Proof[], style: Style): string {
  const failed = proofs.filter(({ severity }) => severity === 'error').length;
  if (failed > 0) return style.red(`${failed} of ${proofs.length} do not hold; what to do is told above.`);
  const warned = proofs.filter(({ severity }) => severity === 'warning').length;
  const rest = warned > 0 ? `, ${warned} with a warning` : '';
  return style.green(`All ${proofs.length} hold${rest}.`);
}
