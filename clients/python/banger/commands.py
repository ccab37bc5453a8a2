"""Commands in VMs."""

from __future__ import annotations

from typing import Iterator, Mapping, NamedTuple, Optional, Sequence

from banger.vmm.v1 import vm_service_pb2 as vmm
from banger.vmm.v1.vm_service_pb2_grpc import VmServiceStub

# The contract takes up to 1 MiB at once.
_PIECE_BYTES = 256 * 1024


class Completed(NamedTuple):
    """How a command ended, and what it wrote."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool


def run(
    vms: VmServiceStub,
    name: str,
    arguments: Sequence[str],
    *,
    stdin: bytes = b"",
    environment: Optional[Mapping[str, str]] = None,
    working_directory: str = "",
    user: str = "",
    timeout: Optional[float] = None,
) -> Completed:
    """Runs a command in a VM to its end, and keeps its output in memory: for more than that call Exec itself.

    `timeout`, in seconds, ends the command, not only the wait for it.
    """
    command = vmm.ExecCommand(
        name=name, arguments=arguments, environment=environment, working_directory=working_directory, user=user
    )
    if timeout is not None:
        command.timeout.FromNanoseconds(int(timeout * 1e9))
    stdout, stderr = bytearray(), bytearray()
    for response in vms.Exec(_requests(command, stdin)):
        stdout += response.stdout
        stderr += response.stderr
        if response.HasField("exited"):
            end = response.exited
            return Completed(end.exit_code, bytes(stdout), bytes(stderr), end.timed_out)
    raise RuntimeError(f"the command in {name} ended without saying how")


def _requests(command: vmm.ExecCommand, stdin: bytes) -> Iterator[vmm.ExecRequest]:
    yield vmm.ExecRequest(command=command)
    for start in range(0, len(stdin), _PIECE_BYTES):
        yield vmm.ExecRequest(stdin=stdin[start : start + _PIECE_BYTES])
