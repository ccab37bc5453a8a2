import { Box, Text } from 'ink';
import { span } from '../../render/format.js';
import type { Link, State, View } from '../state/state.js';
import { Accent, Toned } from './theme.js';

const titles = { vms: 'VMs', images: 'Images', services: 'Services' } as const satisfies Record<View, string>;

/** The views, and whether what is shown is what is. */
export function Header({ state }: { readonly state: State }) {
  const { pane } = state;
  const link = pane.kind === 'log' ? pane.link : state[pane.kind === 'list' ? state.view : 'vms'].link;
  return (
    <Box justifyContent="space-between" height={1} marginBottom={1} paddingX={1}>
      <Text wrap="truncate-end">
        <Text bold>banger</Text>
        {(Object.keys(titles) as View[]).map((view, index) => (
          <Tab key={view} state={state} view={view} number={index + 1} />
        ))}
      </Text>
      <LinkState link={link} now={state.now} />
    </Box>
  );
}

function Tab({ state, view, number }: { readonly state: State; readonly view: View; readonly number: number }) {
  const { link, rows } = state[view];
  const count = link.kind === 'connecting' ? '' : ` ${rows.length}`;
  const title = `${titles[view]}${count}`;
  return (
    <Text>
      <Text dimColor>{`   ${number} `}</Text>
      {state.view === view ? <Text underline>{<Accent>{title}</Accent>}</Text> : title}
    </Text>
  );
}

function LinkState({ link, now }: { readonly link: Link; readonly now: number }) {
  if (link.kind === 'up') return <Toned tone="good">live</Toned>;
  if (link.kind === 'connecting') return <Toned tone="quiet">connecting …</Toned>;
  return <Toned tone="bad">{`away for ${span((now - link.since) / 1000)}, trying again`}</Toned>;
}
