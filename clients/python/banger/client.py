"""Connections to the services of one banger."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping, Optional

import grpc

from banger.dnsd.v1.dns_service_pb2_grpc import DnsServiceStub
from banger.imaged.v1.image_service_pb2_grpc import ImageServiceStub
from banger.netd.v1.network_service_pb2_grpc import NetworkServiceStub
from banger.supervisor.v1.supervisor_service_pb2_grpc import SupervisorServiceStub
from banger.vmm.v1.vm_service_pb2_grpc import VmServiceStub

# A local service is back in a moment or not at all: look often.
_OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
)


def run_dir(env: Optional[Mapping[str, str]] = None, uid: Optional[int] = None) -> Path:
    """Where the sockets are: as the banger command finds them, for this user."""
    env = os.environ if env is None else env
    uid = os.getuid() if uid is None else uid
    if env.get("BANGER_RUN_DIR"):
        return Path(env["BANGER_RUN_DIR"])
    if uid == 0:
        return Path("/run/banger")
    return Path(env.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}") / "banger"


class Banger:
    """The services at the sockets of one folder. Each connects when it is first called."""

    def __init__(self, folder: Optional[os.PathLike] = None) -> None:
        self.folder = Path(folder) if folder is not None else run_dir()
        self._channels: dict = {}
        self.vms = VmServiceStub(self.channel("vmm"))
        self.images = ImageServiceStub(self.channel("imaged"))
        self.networks = NetworkServiceStub(self.channel("netd"))
        self.names = DnsServiceStub(self.channel("dnsd"))
        self.services = SupervisorServiceStub(self.channel("supervisor"))

    def channel(self, service: str) -> grpc.Channel:
        """The channel to a service by its short name, such as "vmm": for stubs that are not made here."""
        if service not in self._channels:
            socket = self.folder / f"{service}.sock"
            self._channels[service] = grpc.insecure_channel(f"unix:{socket}", options=_OPTIONS)
        return self._channels[service]

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()

    def __enter__(self) -> Banger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
