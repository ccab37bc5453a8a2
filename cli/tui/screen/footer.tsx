import { Box, Text } from 'ink';
import { fitted, hintsOf } from '../state/hints.js';
import { currentVm, rowsIn } from '../state/select.js';
import type { State } from '../state/state.js';
import { Accent, Toned } from './theme.js';

/** One line of news, and one of keys. */
export function Footer({ state }: { readonly state: State }) {
  return (
    <Box flexDirection="column" height={2} paddingX={1}>
      {/* No news is an empty line: the keys stay where they are. */}
      <Box height={1}>
        <Text wrap="truncate-end">
          <News state={state} />
        </Text>
      </Box>
      <Text wrap="truncate-end">
        {fitted(hintsOf(state), state.columns - 2).map(([key, does]) => (
          <Text key={key}>
            <Accent bold={false}>{key}</Accent>
            <Text dimColor>{` ${does}  `}</Text>
          </Text>
        ))}
      </Text>
    </Box>
  );
}

/** What has to be said first: an answer, the filter, what is away, and why the VM under the bar is as it is. */
function News({ state }: { readonly state: State }) {
  const { notice, dialog, filter, view, pane } = state;
  if (notice) return <Toned tone={notice.tone}>{notice.text}</Toned>;
  if (dialog?.kind === 'filter' || (filter !== '' && pane.kind === 'list')) {
    const count = `${rowsIn(state, view).length} of ${state[view].rows.length}`;
    return (
      <Text>
        <Accent>/</Accent>
        {filter}
        {dialog ? <Text inverse> </Text> : ''}
        <Text dimColor>{`  ${count}`}</Text>
      </Text>
    );
  }
  const { link } = state[view];
  if (link.kind === 'lost') return <Toned tone="bad">{link.why}</Toned>;
  const vm = currentVm(state);
  if (vm === undefined) return undefined;
  const why = vm.doing === vm.state ? vm.reason : vm.doing;
  return <Toned tone={vm.tone === 'bad' ? 'bad' : 'quiet'}>{why && `${vm.name}: ${why}`}</Toned>;
}
