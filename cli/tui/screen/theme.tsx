import { Text, type TextProps } from 'ink';
import { createContext, type ReactNode, useContext } from 'react';
import type { Tone } from '../model.js';

/** Colours are few and quiet, and none carries a meaning that no word tells. */

/** Whether there are any: NO_COLOR takes them away, and leaves bold and dim. */
export const Colours = createContext(true);

const looks: Readonly<Record<Tone, TextProps>> = {
  good: { color: 'green' },
  bad: { color: 'red' },
  busy: { color: 'yellow' },
  quiet: { dimColor: true },
  plain: {},
};

interface TonedProps {
  readonly tone?: Tone;
  /** For what was so when it was last seen. */
  readonly faded?: boolean;
  readonly bold?: boolean;
  readonly children?: ReactNode;
}

export function Toned({ tone = 'plain', faded = false, bold = false, children }: TonedProps) {
  const colours = useContext(Colours);
  const { color, dimColor } = looks[faded ? 'quiet' : tone];
  return (
    <Text color={colours ? color : undefined} dimColor={dimColor} bold={bold && !faded}>
      {children}
    </Text>
  );
}

/** What is in focus. */
export function Accent({ children, bold = true }: { readonly children?: ReactNode; readonly bold?: boolean }) {
  const colours = useContext(Colours);
  return (
    <Text color={colours ? 'cyan' : undefined} bold={bold}>
      {children}
    </Text>
  );
}
