"""Virtual machines by banger: a client of its services.

`banger.vmm.v1`, `banger.imaged.v1` and so on are generated from the contract. What is here saves a program from writing
the same lines again: where the sockets are, why a call failed, when a VM is there, and a command's output.
"""

from banger.client import Banger, run_dir
from banger.commands import Completed, run
from banger.errors import Failure, Precondition, failure_of
from banger.watching import VmFailed, VmGone, watch, wait_until

__all__ = [
    "Banger",
    "Completed",
    "Failure",
    "Precondition",
    "VmFailed",
    "VmGone",
    "failure_of",
    "run",
    "run_dir",
    "wait_until",
    "watch",
]
