import { Box, Text } from 'ink';
import { useSyncExternalStore } from 'react';
import { bodyRows, isTooSmall, smallest } from '../state/layout.js';
import type { State } from '../state/state.js';
import { CreateForm } from './create.js';
import { DialogBox, Help } from './dialogs.js';
import { Footer } from './footer.js';
import { Header } from './header.js';
import { List } from './lists.js';
import { Details, Log } from './panes.js';
import { Colours, Toned } from './theme.js';

/** Where the screen gets its state. */
export interface Source {
  get(): State;
  subscribe(listener: () => void): () => void;
}

export function App({ source, colours }: { readonly source: Source; readonly colours: boolean }) {
  const state = useSyncExternalStore(source.subscribe, source.get);
  return (
    <Colours.Provider value={colours}>
      <Frame state={state} />
    </Colours.Provider>
  );
}

function Frame({ state }: { readonly state: State }) {
  if (isTooSmall(state)) {
    return <Text>{`This terminal is too small: ${smallest.columns}x${smallest.rows} at least; q quits.`}</Text>;
  }
  return (
    <Box flexDirection="column" width={state.columns} height={state.rows}>
      <Header state={state} />
      <Box height={bodyRows(state)} flexDirection="column" overflow="hidden">
        <Body state={state} />
      </Box>
      <DialogBox state={state} />
      <Footer state={state} />
    </Box>
  );
}

function Body({ state }: { readonly state: State }) {
  const { dialog, pane } = state;
  if (dialog?.kind === 'help') return <Help />;
  if (dialog?.kind === 'create') return <CreateForm form={dialog} />;
  if (pane.kind === 'details') return <Details state={state} pane={pane} />;
  if (pane.kind === 'log') return <Log state={state} pane={pane} />;
  return (
    <>
      <List state={state} />
      {state.view === 'images' && <Builds state={state} />}
    </>
  );
}

function Builds({ state }: { readonly state: State }) {
  return [...state.builds].map(([recipe, progress]) => (
    <Toned key={recipe} tone="busy">{` ${recipe}: ${progress}`}</Toned>
  ));
}
