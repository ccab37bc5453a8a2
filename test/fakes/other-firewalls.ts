import type { OtherFirewalls } from '../../services/netd/app/ports.js';
import { tableComment } from '../../services/netd/domain/firewall.js';
import type { Edit } from '../../services/netd/domain/others/edits.js';
import { type Chain, chainTitle, type Rule } from '../../services/netd/domain/others/ruleset.js';

/** The packet filters of others in memory. Like the real tools it refuses an edit of a chain that is not as it was. */
export class FakeOtherFirewalls implements OtherFirewalls {
  #chains: readonly Chain[] = [];
  #failing = false;

  constructor(private readonly mark: string) {}

  /** What someone else does on the host. */
  set(chains: readonly Chain[]): void {
    this.#chains = chains;
  }

  /** The next change fails, and changes nothing. */
  failOnce(): void {
    this.#failing = true;
  }

  async chains(): Promise<Chain[]> {
    return [...this.#chains];
  }

  async change(edit: Edit): Promise<void> {
    if (this.#failing) {
      this.#failing = false;
      throw new Error('failed as the test asked');
    }
    const title = chainTitle(edit.chain);
    const chain = this.#chains.find((one) => chainTitle(one) === title);
    if (chain === undefined) throw new Error(`there is no chain ${title}`);
    const rules = [...chain.rules];
    for (const gone of edit.remove) rules.splice(placeOf(rules, gone), 1);
    for (const { before, index, text } of edit.insert) {
      const rule: Rule = { conditions: [], verdict: { kind: 'accept' }, comment: tableComment(this.mark), text };
      // A number, as for the real tools: others may have the same rule twice.
      if (rules[index]?.text !== before?.text) throw new Error(`there is no rule ${before?.text} at ${index}`);
      rules.splice(index, 0, rule);
    }
    this.#chains = this.#chains.map((one) => (one === chain ? { ...chain, rules } : one));
  }

  toString(): string {
    return this.#chains
      .map((chain) => [chainTitle(chain), ...chain.rules.map(({ text }) => `  ${text}`)].join('\n'))
      .join('\n');
  }
}

function placeOf(rules: readonly Rule[], rule: Rule): number {
  const place = rules.findIndex(({ text, comment }) => text === rule.text && comment === rule.comment);
  if (place < 0) throw new Error(`there is no rule ${rule.text}`);
  return place;
}
