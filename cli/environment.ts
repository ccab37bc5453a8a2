/** Every variable of the environment that banger reads: the one list of them, for the manual, the help and the documents. */

export interface Variable {
  readonly name: string;
  /** As a sentence without a full stop. */
  readonly is: string;
}

/** For whoever calls banger. */
export const variables: readonly Variable[] = [
  { name: 'BANGER_STATE_DIR', is: 'Where things are kept' },
  { name: 'BANGER_RUN_DIR', is: 'Where the sockets are' },
  { name: 'BANGER_CONFIG', is: 'The configuration file' },
  { name: 'BANGER_<SECTION>_<KEY>', is: 'A key of the configuration, which beats the file: `BANGER_DNSD_PORT=5300`' },
  { name: 'BANGER_RUNTIME_DIR', is: 'The runtime bundle' },
  { name: 'BANGER_ROLL_OVER', is: '`never`: a command leaves a daemon of another build as it is, and says nothing' },
  { name: 'BANGER_SYSTEM_ROOT', is: 'The root of a system that is being prepared, for `dns install` and `uninstall`' },
  { name: 'XDG_STATE_HOME', is: 'For other users than root, where BANGER_STATE_DIR is not set: the folder above' },
  { name: 'XDG_RUNTIME_DIR', is: 'The same for BANGER_RUN_DIR' },
  { name: 'XDG_CONFIG_HOME', is: 'The same for BANGER_CONFIG' },
  { name: 'XDG_CACHE_HOME', is: 'Where the command line keeps its own code, compiled' },
  { name: 'HOME', is: 'What the folders of XDG are below, where those are not set' },
  { name: 'PATH', is: 'Where the programs are that banger runs' },
  { name: 'TMPDIR', is: 'Where files are that are needed for a moment; `/tmp` unless set' },
  { name: 'NOTIFY_SOCKET', is: 'Where `run --foreground` says that the VM answers; set by systemd' },
  { name: 'NO_COLOR', is: 'Set to anything: no colours' },
  { name: 'TERM', is: '`dumb`: no colours; elsewhere what a terminal in a guest is told' },
];

/** Between processes of ours: set by one for the other, and by nobody else. */
export const ownVariables: readonly Variable[] = [
  { name: 'BANGER_STARTED_BY', is: 'Who is to start the daemon again; set by `banger daemon start`' },
  { name: 'BANGER_SERVICE_USERS', is: 'The users that services run as; set by bangerd' },
  {
    name: 'BANGER_OWN_SOCKET',
    is: 'Where a service listens that may not write to the folder of the sockets; set by bangerd',
  },
  { name: 'BANGER_STAND_BY', is: 'A service waits until it is told to take over; set by bangerd' },
  { name: 'SYSTEMD_EXEC_PID', is: 'Whether the daemon was started by systemd; set by systemd' },
  { name: 'BANGER_LIFELINE_FD', is: 'The pipe whose end tells a program that its parent has gone' },
];
