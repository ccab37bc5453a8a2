#!/usr/bin/env python3
"""Waits until a VM runs, and says where it is: it may be created later, and banger may be restarted meanwhile.

    waiting.py NAME
"""

import sys

import banger
from banger.vmm.v1 import vm_service_pb2 as vmm


def main(name: str) -> None:
    with banger.Banger() as host:
        for event in banger.watch(host.vms, name):
            if event.HasField("synced"):
                print(f"waiting for {name}", flush=True)
            elif event.HasField("deleted"):
                print(f"{name} is gone", flush=True)
            elif event.upserted.status.state == vmm.VM_STATE_RUNNING:
                print(f"{name} is at {event.upserted.status.ipv4_address}", flush=True)
                return


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
