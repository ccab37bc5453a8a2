import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { boxRows } from '../state/layout.js';
import type { State } from '../state/state.js';
import { Accent, Toned } from './theme.js';

/** What asks, above the footer, and what tells all keys. */

export function DialogBox({ state }: { readonly state: State }) {
  const { dialog } = state;
  if (dialog?.kind === 'delete') return <DeleteBox state={state} name={dialog.vm} />;
  if (dialog?.kind === 'build') return <BuildBox recipe={dialog.recipe} />;
  return null;
}

function Framed({ children }: { readonly children: ReactNode }) {
  return (
    <Box height={boxRows} borderStyle="round" borderDimColor flexDirection="column" paddingX={1} marginX={1}>
      {children}
    </Box>
  );
}

function DeleteBox({ state, name }: { readonly state: State; readonly name: string }) {
  const vm = state.vms.rows.find((row) => row.name === name);
  const runs = vm !== undefined && vm.state !== 'stopped' && vm.state !== 'failed';
  return (
    <Framed>
      <Text wrap="truncate-end">
        Delete <Accent>{name}</Accent>? {runs && <Toned tone="bad">{`It is ${vm.state}, and ends at once.`}</Toned>}
      </Text>
      <Text wrap="truncate-end" dimColor>
        Its disks go to the trash, and stay there for a while:
      </Text>
      <Text wrap="truncate-end" dimColor>{`\`banger vm restore ${name}\` brings it back.`}</Text>
    </Framed>
  );
}

function BuildBox({ recipe }: { readonly recipe: string }) {
  return (
    <Framed>
      <Text>
        Build the image <Accent>{recipe}</Accent>
        <Text inverse> </Text>
      </Text>
      <Text wrap="truncate-end" dimColor>
        A recipe that banger ships, as debian, debian-light or debian-web,
      </Text>
      <Text wrap="truncate-end" dimColor>
        or the path of one of your own, that ends in .toml.
      </Text>
    </Framed>
  );
}

const help: readonly (readonly [key: string, does: string])[] = [
  ['1 2 3, tab', 'VMs, images, services'],
  ['↑↓ jk pgup pgdn g G', 'move, or scroll'],
  ['/', 'filter: words that name, state, address or image have'],
  ['⏎', 'details: why it is as it is, the evidence, its settings and its past'],
  ['s  x  r', 'start, stop, restart'],
  ['p', 'pause, or let it go on'],
  ['d', 'delete; asks first, and the trash keeps the disks'],
  ['n', 'new VM'],
  ['l', 'console log, as it comes'],
  ['c', 'console; Ctrl-] comes back'],
  ['e', 'shell in the VM, by ssh; its end comes back'],
  ['b', 'among images: build one'],
  ['r', 'among services: restart it'],
  ['esc, q', 'back; q leaves from a list, Ctrl-C from everywhere'],
];

export function Help() {
  return (
    <Box flexDirection="column" paddingX={1}>
      {help.map(([key, does]) => (
        <Text key={key + does} wrap="truncate-end">
          <Accent bold={false}>{key.padEnd(21)}</Accent>
          {does}
        </Text>
      ))}
    </Box>
  );
}
