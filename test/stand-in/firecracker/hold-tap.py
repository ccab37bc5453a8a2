"""Attaches the tap named in the first argument, says so, and holds it until its standard input ends."""

import ctypes
import fcntl
import os
import signal
import struct
import sys

# linux/if_tun.h and linux/prctl.h.
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
PR_SET_PDEATHSIG = 1

# Nobody is left to close the input when the machine is killed before this program listens to it.
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
try:
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", sys.argv[1].encode(), flags))
except OSError as error:
    print(error.errno, flush=True)
    sys.exit(0)
print(0, flush=True)
sys.stdin.read()
