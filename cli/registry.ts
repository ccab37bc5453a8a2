import type { Command } from './define-command.js';

/**
 * All commands. A command's file is loaded when it is called, or when a help page needs its summary: start-up stays
 * short however many there are.
 */

export type LoadCommand = () => Promise<{ readonly command: Command }>;

export interface Group {
  readonly summary: string;
  /** Left out of the help. */
  readonly hidden?: boolean;
  readonly commands: Readonly<Record<string, LoadCommand>>;
}

export const groups: Readonly<Record<string, Group>> = {
  vm: {
    summary: 'Virtual machines',
    commands: {
      create: () => import('./commands/vm/create.js'),
      list: () => import('./commands/vm/list.js'),
      show: () => import('./commands/vm/show.js'),
      explain: () => import('./commands/vm/explain.js'),
      ssh: () => import('./commands/vm/ssh.js'),
      exec: () => import('./commands/vm/exec.js'),
      cp: () => import('./commands/vm/cp.js'),
      start: () => import('./commands/vm/start.js'),
      stop: () => import('./commands/vm/stop.js'),
      restart: () => import('./commands/vm/restart.js'),
      pause: () => import('./commands/vm/pause.js'),
      resume: () => import('./commands/vm/resume.js'),
      kill: () => import('./commands/vm/kill.js'),
      wait: () => import('./commands/vm/wait.js'),
      set: () => import('./commands/vm/set.js'),
      publish: () => import('./commands/vm/publish.js'),
      unpublish: () => import('./commands/vm/unpublish.js'),
      stats: () => import('./commands/vm/stats.js'),
      console: () => import('./commands/vm/console.js'),
      logs: () => import('./commands/vm/logs.js'),
      delete: () => import('./commands/vm/delete.js'),
      trash: () => import('./commands/vm/trash.js'),
      restore: () => import('./commands/vm/restore.js'),
      purge: () => import('./commands/vm/purge.js'),
    },
  },
  image: {
    summary: 'Root filesystems of VMs',
    commands: {
      build: () => import('./commands/image/build.js'),
      commit: () => import('./commands/image/commit.js'),
      edit: () => import('./commands/image/edit.js'),
      import: () => import('./commands/image/import.js'),
      list: () => import('./commands/image/list.js'),
      show: () => import('./commands/image/show.js'),
      tag: () => import('./commands/image/tag.js'),
      delete: () => import('./commands/image/delete.js'),
      export: () => import('./commands/image/export.js'),
      prune: () => import('./commands/image/prune.js'),
      usage: () => import('./commands/image/usage.js'),
      verify: () => import('./commands/image/verify.js'),
    },
  },
  kernel: {
    summary: 'Kernels of VMs',
    commands: {
      build: () => import('./commands/kernel/build.js'),
      import: () => import('./commands/kernel/import.js'),
      list: () => import('./commands/kernel/list.js'),
      show: () => import('./commands/kernel/show.js'),
      default: () => import('./commands/kernel/default.js'),
      delete: () => import('./commands/kernel/delete.js'),
    },
  },
  bundle: {
    summary: 'Runtime bundles: hypervisor, kernel and image for hosts that build none',
    commands: {
      show: () => import('./commands/bundle/show.js'),
      package: () => import('./commands/bundle/package.js'),
      fetch: () => import('./commands/bundle/fetch.js'),
      verify: () => import('./commands/bundle/verify.js'),
    },
  },
  dns: {
    summary: 'Names of VMs',
    commands: {
      records: () => import('./commands/dns/records.js'),
      status: () => import('./commands/dns/status.js'),
      install: () => import('./commands/dns/install.js'),
      uninstall: () => import('./commands/dns/uninstall.js'),
      test: () => import('./commands/dns/test.js'),
    },
  },
  'ssh-config': {
    summary: 'VMs by their names for ssh, scp, rsync, Ansible and editors',
    commands: {
      install: () => import('./commands/ssh-config/install.js'),
      uninstall: () => import('./commands/ssh-config/uninstall.js'),
      show: () => import('./commands/ssh-config/show.js'),
    },
  },
  daemon: {
    summary: 'The daemon that keeps the services up',
    commands: {
      start: () => import('./commands/daemon/start.js'),
      status: () => import('./commands/daemon/status.js'),
      stop: () => import('./commands/daemon/stop.js'),
      restart: () => import('./commands/daemon/restart.js'),
      'restore-backup': () => import('./commands/daemon/restore-backup.js'),
    },
  },
  service: {
    summary: 'Its services: netd, imaged, vmm and dnsd',
    commands: {
      list: () => import('./commands/service/list.js'),
      restart: () => import('./commands/service/restart.js'),
      logs: () => import('./commands/service/logs.js'),
    },
  },
  internal: {
    summary: 'Helpers for scripts',
    hidden: true,
    commands: {
      'nat up': () => import('./commands/internal/nat-up.js'),
      'nat down': () => import('./commands/internal/nat-down.js'),
      names: () => import('./commands/internal/names.js'),
    },
  },
};

/** Commands that stand alone. */
export const singles: Readonly<Record<string, LoadCommand>> = {
  apply: () => import('./commands/apply.js'),
  destroy: () => import('./commands/destroy.js'),
  export: () => import('./commands/export.js'),
  doctor: () => import('./commands/doctor.js'),
  events: () => import('./commands/events.js'),
  inventory: () => import('./commands/inventory.js'),
  run: () => import('./commands/run.js'),
  top: () => import('./commands/top.js'),
  tui: () => import('./commands/tui.js'),
  verify: () => import('./commands/verify.js'),
  version: () => import('./commands/version.js'),
};
