#!/usr/bin/env python3
"""Why a call failed, for programs: asks for a VM that cannot be, and prints what is wrong with it as JSON."""

import json
import sys

import grpc

import banger
from banger.vmm.v1 import vm_service_pb2 as vmm

with banger.Banger() as host:
    request = vmm.CreateVmRequest(name="No Name", spec=vmm.VmSpec(cpu_count=1000), validate_only=True)
    try:
        host.vms.CreateVm(request, timeout=30)
    except grpc.RpcError as error:
        failure = banger.failure_of(error)
        if failure is None:
            sys.exit(f"{error.code()}: {error.details()}")
        told = {"code": error.code().name, **failure._asdict()}
        del told["preconditions"], told["metadata"]
        print(json.dumps(told, sort_keys=True))
