import { expect, test } from '@jest/globals';
import { explainPaths, resolvePaths, socketPath } from './paths.js';

test('root gets the system’s directories', () => {
  expect(resolvePaths({ HOME: '/root', XDG_STATE_HOME: '/root/state' }, 0)).toEqual({
    stateDir: '/var/lib/banger',
    runDir: '/run/banger',
    configFile: '/etc/banger/config.toml',
  });
});

test('a user gets the XDG directories, or their defaults', () => {
  expect(resolvePaths({ HOME: '/home/ann' }, 1000)).toEqual({
    stateDir: '/home/ann/.local/state/banger',
    runDir: '/run/user/1000/banger',
    configFile: '/home/ann/.config/banger/config.toml',
  });
  const xdg = { HOME: '/home/ann', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/r', XDG_CONFIG_HOME: '/c' };
  expect(resolvePaths(xdg, 1000)).toEqual({
    stateDir: '/s/banger',
    runDir: '/r/banger',
    configFile: '/c/banger/config.toml',
  });
});

test('the environment decides for everyone; an empty variable is none', () => {
  const env = { BANGER_STATE_DIR: '/a', BANGER_RUN_DIR: '', BANGER_CONFIG: '/b.toml' };
  expect(resolvePaths(env, 0)).toEqual({ stateDir: '/a', runDir: '/run/banger', configFile: '/b.toml' });
});

test('a relative directory becomes absolute', () => {
  expect(resolvePaths({ BANGER_STATE_DIR: 'state' }, 0).stateDir).toBe(`${process.cwd()}/state`);
});

test('a socket is named after its service', () => {
  const paths = resolvePaths({ BANGER_RUN_DIR: '/r' }, 0);
  expect(socketPath(paths, 'vmm')).toBe('/r/vmm.sock');
  expect(socketPath(paths, 'supervisor')).toBe('/r/supervisor.sock');
});

test('each place says what decided it', () => {
  const sources = (env: Record<string, string>, uid: number) => explainPaths(env, uid).map(({ source }) => source);
  expect(sources({}, 0)).toEqual(Array(3).fill("the system's folders, for root"));
  expect(sources({ BANGER_STATE_DIR: '/s', XDG_RUNTIME_DIR: '/r', HOME: '/h' }, 1000)).toEqual([
    'BANGER_STATE_DIR',
    'XDG_RUNTIME_DIR',
    'the default of XDG_CONFIG_HOME',
  ]);
  expect(explainPaths({ BANGER_STATE_DIR: '/s' }, 0)[0]).toMatchObject({ name: 'state', path: '/s' });
});
