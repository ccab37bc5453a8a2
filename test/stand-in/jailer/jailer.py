"""Takes the place of Firecracker's jailer: the same tree, the same refusals, the same process in the end.

The program that it runs is no static binary, so the interpreters are bound into the jail, in a mount namespace that nobody
else sees: what shows on the host is empty folders.
"""

import argparse
import ctypes
import json
import os
import re
import resource
import shutil
import signal
import stat
import sys
import time

# The version, the trace, the faults and the folders that are bound: put here when the program is installed.
SETTINGS = json.loads("{}")

LIBC = ctypes.CDLL(None, use_errno=True)
# linux/sched.h and linux/mount.h.
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x1, 0x20, 0x1000, 0x4000, 0x40000
DEFAULT_OPEN_FILES = 2048
# Name, major and minor number: the character devices of a jail.
DEVICES = [("dev/net/tun", 10, 200), ("dev/kvm", 10, 232), ("dev/urandom", 1, 9)]


class Refusal(Exception):
    """What the jailer says before it ends with 1."""


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        raise Refusal(f"Arguments parsing error: {message}")


class Once(argparse.Action):
    """A flag that may be given one time."""

    def __call__(self, parser, namespace, values, option_string=None):
        if getattr(namespace, self.dest) is not None:
            parser.error(f"The argument '{self.dest}' was provided more than once.")
        setattr(namespace, self.dest, values)


def parse(argv):
    at = argv.index("--") if "--" in argv else len(argv)
    parser = Arguments(prog="jailer", allow_abbrev=False, add_help=False)
    for flag in ["--id", "--exec-file", "--uid", "--gid"]:
        parser.add_argument(flag, action=Once, required=True)
    for flag in ["--chroot-base-dir", "--netns", "--cgroup-version", "--parent-cgroup"]:
        parser.add_argument(flag, action=Once)
    for flag in ["--cgroup", "--resource-limit"]:
        parser.add_argument(flag, action="append", default=[])
    for flag in ["--daemonize", "--new-pid-ns"]:
        parser.add_argument(flag, action="store_true")
    return parser.parse_args(argv[:at]), argv[at + 1 :]


def check(args):
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", args.id):
        raise Refusal(f"Invalid instance ID: {args.id}")
    if not os.path.isfile(args.exec_file):
        raise Refusal(f"{args.exec_file} is not a file")
    if "firecracker" not in os.path.basename(os.path.realpath(args.exec_file)):
        raise Refusal(f"Invalid filename. The filename of `--exec-file` option must contain \"firecracker\": {args.exec_file}")
    for flag in ["uid", "gid"]:
        if not re.fullmatch(r"\d+", getattr(args, flag)) or int(getattr(args, flag)) >= 2**32:
            raise Refusal(f"Invalid {flag}: {getattr(args, flag)}")
    if not os.path.isdir(args.chroot_base_dir or "/srv/jailer"):
        raise Refusal(f"Failed to canonicalize path {args.chroot_base_dir}: No such file or directory (os error 2)")
    if args.cgroup_version not in (None, "1", "2"):
        raise Refusal(f"{args.cgroup_version} is not a valid cgroup version")
    parent = (args.parent_cgroup or "").split("/")
    if (args.parent_cgroup or "").startswith("/") or "." in parent or ".." in parent:
        raise Refusal(f"The parent cgroup path is invalid: {args.parent_cgroup}")
    if args.daemonize or args.new_pid_ns:
        raise Refusal("the stand-in of the jailer knows no --daemonize and no --new-pid-ns")


def open_trace():
    """While its path can be seen: what comes later is said from inside the jail."""
    path = SETTINGS.get("trace")
    return path and os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def meet(step, trace):
    """Troubles on demand, before a step."""
    if trace:
        os.write(trace, (json.dumps({"step": step, "pid": os.getpid()}) + "\n").encode())
    for fault in SETTINGS["faults"]:
        if fault["at"] != step:
            continue
        if fault["do"] == "hang":
            signal.signal(signal.SIGUSR2, lambda *_: None)
            signal.pause()
        if fault["do"] == "slow":
            time.sleep(fault["ms"] / 1000)
        if fault["do"] == "die" and isinstance(fault["by"], int):
            sys.exit(fault["by"])
        if fault["do"] == "die":
            os.kill(os.getpid(), getattr(signal, fault["by"]))


def called(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise Refusal(f"{what}: {os.strerror(number)} (os error {number})")


def mount(source, target, flags):
    called(LIBC.mount(source.encode(), target.encode(), None, flags, None), f"Failed to mount {target}")


def join_network(path):
    with open(path, encoding="utf8") as namespace:
        called(LIBC.setns(namespace.fileno(), CLONE_NEWNET), f"Failed to join {path}")


def limit(limits):
    kinds = {"fsize": resource.RLIMIT_FSIZE, "no-file": resource.RLIMIT_NOFILE}
    wanted = {"no-file": DEFAULT_OPEN_FILES}
    for one in limits:
        name, _, value = one.partition("=")
        if name not in kinds or not value.isdigit():
            raise Refusal(f"Invalid format for resource limit: {one}")
        wanted[name] = int(value)
    for name, value in wanted.items():
        resource.setrlimit(kinds[name], (value, value))


def cgroup_root():
    with open("/proc/mounts", encoding="utf8") as mounts:
        fields = [line.split() for line in mounts]
    roots = [path for _, path, kind, *_ in fields if kind == "cgroup2"]
    if not roots:
        raise Refusal("Hierarchy not found: cgroup v2 is not mounted")
    return roots[0]


def write_cgroup(path, value):
    try:
        with open(path, "w", encoding="utf8") as file:
            file.write(value)
    except OSError as error:
        raise Refusal(f"Failed to write {value} to {path}: {error.strerror} (os error {error.errno})") from error


def enter_cgroup(args, name):
    if args.cgroup_version != "2":
        if args.cgroup:
            raise Refusal("the stand-in of the jailer knows cgroup v2 alone")
        return
    parent = args.parent_cgroup if args.parent_cgroup is not None else name
    parts = [part for part in parent.split("/") if part]
    root = cgroup_root()
    group = os.path.join(root, *parts)
    if args.cgroup:
        group = make_cgroup(root, [*parts, args.id], args.cgroup)
    elif not os.path.isdir(group):
        return
    write_cgroup(os.path.join(group, "cgroup.procs"), str(os.getpid()))


def make_cgroup(root, parts, settings):
    """Enables what the settings need from the root down, for a group may use what its parent passes on."""
    controllers = {setting.split(".")[0] for setting in settings} - {"cgroup"}
    group = root
    for part in parts:
        for controller in sorted(controllers):
            write_cgroup(os.path.join(group, "cgroup.subtree_control"), f"+{controller}")
        group = os.path.join(group, part)
        os.makedirs(group, exist_ok=True)
    for setting in settings:
        file, separator, value = setting.partition("=")
        if not separator or not value or "/" in file:
            raise Refusal(f"Invalid format for cgroups: {setting}")
        write_cgroup(os.path.join(group, file), value)
    return group


def bind_interpreters(root):
    """In a namespace of our own, so that the host sees no mount, and none is left when the process ends."""
    called(LIBC.unshare(CLONE_NEWNS), "Failed to unshare the mount namespace")
    mount("none", "/", MS_REC | MS_PRIVATE)
    for folder in SETTINGS["folders"]:
        target = root + folder
        if not os.path.isdir(folder):
            continue
        os.makedirs(target, exist_ok=True)
        mount(folder, target, MS_BIND)
        mount(folder, target, MS_BIND | MS_REMOUNT | MS_RDONLY)


def own_folder(path, owner):
    os.makedirs(path, exist_ok=True)
    os.chmod(path, 0o700)
    os.chown(path, *owner)


def devices():
    found = [*DEVICES]
    if os.path.exists("/dev/userfaultfd"):
        number = os.stat("/dev/userfaultfd").st_rdev
        found.append(("dev/userfaultfd", os.major(number), os.minor(number)))
    return found


def jail(root, nodes, owner, name, trace):
    os.chroot(root)
    os.chdir("/")
    for folder in ["/", "/dev", "/dev/net", "/run"]:
        own_folder(folder, owner)
    meet("jailer nodes", trace)
    for node, major, minor in nodes:
        path = f"/{node}"
        try:
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(major, minor))
        except FileExistsError as error:
            raise Refusal(f"Failed to create {path} via mknod inside the jail: File exists (os error 17)") from error
        os.chown(path, *owner)
    meet("jailer exec", trace)
    try:
        with open(f"/{name}.pid", "x", encoding="utf8") as file:
            file.write(str(os.getpid()))
    except FileExistsError as error:
        raise Refusal(f"Failed to create the pid file /{name}.pid: File exists (os error 17)") from error


def run(argv):
    started = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    if argv == ["--version"]:
        print(f"Jailer v{SETTINGS['version']}\n")
        return
    args, rest = parse(argv)
    check(args)
    owner = int(args.uid), int(args.gid)
    name = os.path.basename(os.path.realpath(args.exec_file))
    root = os.path.join(os.path.realpath(args.chroot_base_dir or "/srv/jailer"), name, args.id, "root")
    trace = open_trace()
    meet("jailer copy", trace)
    os.makedirs(root, exist_ok=True)
    program = os.path.join(root, name)
    if os.path.islink(program):
        raise Refusal(f"{program} is a link")
    shutil.copy(args.exec_file, program)
    os.chown(program, *owner)
    if args.netns is not None:
        join_network(args.netns)
    limit(args.resource_limit)
    enter_cgroup(args, name)
    bind_interpreters(root)
    jail(root, devices(), owner, name, trace)
    os.setgroups([])
    os.setgid(owner[1])
    os.setuid(owner[0])
    times = ["--start-time-us", str(started), "--start-time-cpu-us", "0", "--parent-cpu-time-us", "0"]
    os.execve(f"/{name}", [f"/{name}", "--id", args.id, *times, *rest], {})


if __name__ == "__main__":
    try:
        run(sys.argv[1:])
    except Refusal as refusal:
        print(f"Error: {refusal}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"Error: {error.strerror} (os error {error.errno}): {error.filename}", file=sys.stderr)
        sys.exit(1)
