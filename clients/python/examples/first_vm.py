#!/usr/bin/env python3
"""A VM from its creation to its deletion: creates it, follows it until it runs, runs a command in it, deletes it.

    first_vm.py NAME [IMAGE]
"""

import sys
import time
import uuid

import grpc

import banger
from banger.vmm.v1 import vm_service_pb2 as vmm


def create(vms, name: str, image: str) -> vmm.Vm:
    # The same id in every try: whatever became of the ones before, there is one VM.
    request = vmm.CreateVmRequest(name=name, spec=vmm.VmSpec(image=image), request_id=str(uuid.uuid4()))
    for pause in (0.2, 1, 5, None):
        try:
            return vms.CreateVm(request, timeout=30).vm
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE or pause is None:
                raise
            time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def follow(vms, name: str) -> vmm.Vm:
    def is_running(vm: vmm.Vm) -> bool:
        step = f" ({vm.status.step})" if vm.status.step else ""
        print(f"{vm.name}: {vmm.VmState.Name(vm.status.state)}{step}")
        return vm.status.state == vmm.VM_STATE_RUNNING

    return banger.wait_until(vms, name, is_running)


def main(name: str, image: str = "") -> int:
    with banger.Banger() as host:
        try:
            vm = create(host.vms, name, image)
            try:
                vm = follow(host.vms, vm.name)
                print(f"{vm.name} is at {vm.status.ipv4_address}")
                script = 'read -r word; echo "$word from $(hostname)"; exit 3'
                ended = banger.run(host.vms, vm.name, ["sh", "-c", script], stdin=b"hello\n")
                print(f"it says {ended.stdout.decode().strip()!r} and ends with {ended.exit_code}")
            finally:
                host.vms.DeleteVm(vmm.DeleteVmRequest(name=name, force=True, purge=True, wait=True), timeout=120)
            print(f"{name} is deleted")
        except grpc.RpcError as error:
            failure = banger.failure_of(error)
            print(f"{failure.message} [{failure.reason}]" if failure else error.details(), file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
