import { EventEmitter } from 'node:events';
import { render } from 'ink';
import { App, type Source } from './app.js';

/** Draws, and nothing else: it is a bundle of its own, which is loaded when a screen is shown. */

/** So often at most: more than an eye takes in. */
const frameMs = 33;

/** Gives a frame to `paint` for the source's state, and for its changes, until the returned function is called. */
export function mount(
  source: Source,
  size: { columns: number; rows: number },
  colours: boolean,
  paint: (frame: string) => void,
): () => void {
  // Ink writes whole frames here. What it does to a terminal itself flickers, and at a resize clears more than our page.
  const write = (frame: string) => {
    paint(frame);
    return true;
  };
  const stdout = Object.assign(new EventEmitter(), { ...size, isTTY: true, write }) as unknown as NodeJS.WriteStream;
  const options = { stdout, stderr: stdout, debug: true, exitOnCtrlC: false, patchConsole: false };
  return render(<App source={paced(source)} colours={colours} />, options).unmount;
}

/** Tells of the first change at once, and of those that follow it soon together. */
export function paced({ get, subscribe }: Source): Source {
  return {
    get,
    subscribe(listener) {
      let timer: NodeJS.Timeout | undefined;
      let again = false;
      const pass = () => {
        timer = undefined;
        if (again) tell();
      };
      const tell = () => {
        again = false;
        timer = setTimeout(pass, frameMs);
        listener();
      };
      const unsubscribe = subscribe(() => {
        if (timer === undefined) tell();
        else again = true;
      });
      return () => {
        clearTimeout(timer);
        unsubscribe();
      };
    },
  };
}
