import { Box, Text } from 'ink';
import { type DetailRow, detailRows, windowRows } from '../state/layout.js';
import { logLines } from '../state/log-text.js';
import type { Pane, State } from '../state/state.js';
import { Accent, Toned } from './theme.js';

/** What stands in the place of the list: a window on lines. */

export function Details({ state, pane }: { readonly state: State; readonly pane: Extract<Pane, { kind: 'details' }> }) {
  const height = windowRows(state);
  const rows = detailRows(pane.sections, state.columns).slice(pane.top, pane.top + height);
  const vm = state.vms.rows.find(({ name }) => name === pane.vm);
  return (
    <Box flexDirection="column">
      <Text>
        {' '}
        <Accent>{pane.vm}</Accent>
        {'  '}
        <Toned tone={vm?.tone}>{vm?.doing}</Toned>
        <Text dimColor>{pane.sections.length === 0 ? '  looking at it …' : ''}</Text>
      </Text>
      {rows.map((row, index) => (
        // A window on lines: what stands at a place is another line after a scroll.
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is the line's only identity.
        <DetailLine key={index} {...row} />
      ))}
    </Box>
  );
}

function DetailLine({ title, label, text, tone }: DetailRow) {
  if (title) return <Text bold>{` ${text}`}</Text>;
  return (
    <Text wrap="truncate-end">
      {label === '' ? '   ' : <Text dimColor>{`   ${label}  `}</Text>}
      <Toned tone={tone}>{text}</Toned>
    </Text>
  );
}

export function Log({ state, pane }: { readonly state: State; readonly pane: Extract<Pane, { kind: 'log' }> }) {
  const height = windowRows(state);
  const lines = logLines(pane.log);
  const end = Math.max(Math.min(height, lines.length), lines.length - pane.fromEnd);
  const shown = lines.slice(Math.max(0, end - height), end);
  return (
    <Box flexDirection="column">
      <Text>
        {' '}
        <Accent>{pane.vm}</Accent>
        <Text
          dimColor
        >{`  console log, ${pane.fromEnd === 0 ? 'as it comes' : `${pane.fromEnd} lines further down`}`}</Text>
      </Text>
      {shown.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <Text key={index} wrap="truncate-end" dimColor={pane.link.kind === 'lost'}>
          {` ${line}`}
        </Text>
      ))}
    </Box>
  );
}
