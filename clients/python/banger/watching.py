"""VMs as they change, without asking again and again."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Callable, Iterator, Optional

import grpc

from banger.vmm.v1 import vm_service_pb2 as vmm
from banger.vmm.v1.vm_service_pb2_grpc import VmServiceStub

_PAUSE_SECONDS = 0.2


class VmFailed(Exception):
    """A VM is FAILED: `reason` and `message` are those of its last error."""

    def __init__(self, vm: vmm.Vm) -> None:
        error = vm.status.last_error
        super().__init__(f"{vm.name}: {error.message}")
        self.reason, self.message = error.reason, error.message


class VmGone(Exception):
    """A VM that was waited for was deleted."""


def watch(vms: VmServiceStub, name: str = "", *, timeout: Optional[float] = None) -> Iterator[vmm.WatchVmsResponse]:
    """Follows one VM, or all of them: what is there, `synced`, then each change.

    When the service restarts it connects again, and a new snapshot follows. Raises grpc.RpcError with DEADLINE_EXCEEDED
    after `timeout` seconds.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        call = vms.WatchVms(vmm.WatchVmsRequest(name=name), timeout=left, wait_for_ready=True)
        try:
            yield from call
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
        finally:
            call.cancel()
        time.sleep(_PAUSE_SECONDS)


def wait_until(vms: VmServiceStub, name: str, is_met: Callable[[vmm.Vm], bool], *, timeout: float = 300) -> vmm.Vm:
    """Returns the VM as soon as it is as asked for. Raises VmFailed when it is FAILED, VmGone when it is deleted."""
    seen = False
    with closing(watch(vms, name, timeout=timeout)) as events:
        for event in events:
            if event.HasField("upserted"):
                seen = True
                if is_met(event.upserted):
                    return event.upserted
                if event.upserted.status.state == vmm.VM_STATE_FAILED:
                    raise VmFailed(event.upserted)
            elif event.HasField("deleted") and seen:
                raise VmGone(f"{name} was deleted")
    raise AssertionError("a watch ends by an error only")
