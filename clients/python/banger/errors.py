"""Why a call failed, for programs: the details that banger's errors carry."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

_TRAILER = "grpc-status-details-bin"

# google.rpc.Status and what banger puts in it. In a pool of their own: a program that has the whole of google.rpc from
# another package keeps it.
_FILES = """
file {
  name: "details.proto" package: "google.rpc" syntax: "proto3"
  message_type {
    name: "Any"
    field { name: "type_url" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_BYTES label: LABEL_OPTIONAL }
  }
  message_type {
    name: "Status"
    field { name: "code" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
    field { name: "message" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "details" number: 3 type: TYPE_MESSAGE type_name: ".google.rpc.Any" label: LABEL_REPEATED }
  }
  message_type {
    name: "Pair"
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
  }
  message_type {
    name: "ErrorInfo"
    field { name: "reason" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "domain" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "metadata" number: 3 type: TYPE_MESSAGE type_name: ".google.rpc.Pair" label: LABEL_REPEATED }
  }
  message_type {
    name: "BadRequest"
    field { name: "field_violations" number: 1 type: TYPE_MESSAGE type_name: ".google.rpc.Pair" label: LABEL_REPEATED }
  }
  message_type {
    name: "Violation"
    field { name: "type" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "subject" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "description" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL }
  }
  message_type {
    name: "PreconditionFailure"
    field { name: "violations" number: 1 type: TYPE_MESSAGE type_name: ".google.rpc.Violation" label: LABEL_REPEATED }
  }
}
"""


def _messages() -> dict:
    pool = descriptor_pool.DescriptorPool()
    for file in text_format.Parse(_FILES, descriptor_pb2.FileDescriptorSet()).file:
        pool.Add(file)
    names = ["Status", "ErrorInfo", "BadRequest", "PreconditionFailure"]
    # Protobuf 4.22 and newer have a function for it, and those before 5 a factory.
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return {name: make(pool.FindMessageTypeByName(f"google.rpc.{name}")) for name in names}


_MESSAGES = _messages()


class Precondition(NamedTuple):
    """Something that the host lacks."""

    type: str
    subject: str
    description: str


class Failure(NamedTuple):
    """What went wrong, as docs/errors.md has it."""

    reason: str
    """A stable word, such as "VM_NOT_FOUND": what a program decides by."""
    domain: str
    """Who says it, such as "vmm.banger"."""
    message: str
    """For people: what could not be done, to what, why, and what to do."""
    metadata: Dict[str, str]
    """Every variable part of the message."""
    fields: Dict[str, str]
    """What is wrong with which fields of the request."""
    preconditions: List[Precondition]
    """What the host lacks."""


def failure_of(error: grpc.RpcError) -> Optional[Failure]:
    """Reads the details of a failed call. None when a service did not send any, as when nothing answers at the socket."""
    trailers = error.trailing_metadata() if isinstance(error, grpc.Call) else None
    raw = next((value for key, value in trailers or () if key == _TRAILER), None)
    if raw is None:
        return None
    status = _MESSAGES["Status"].FromString(raw)
    found = {name: _MESSAGES[name]() for name in ("ErrorInfo", "BadRequest", "PreconditionFailure")}
    for detail in status.details:
        name = detail.type_url.rpartition("google.rpc.")[2]
        if name in found:
            found[name] = _MESSAGES[name].FromString(detail.value)
    info = found["ErrorInfo"]
    return Failure(
        reason=info.reason,
        domain=info.domain,
        message=status.message,
        metadata={pair.key: pair.value for pair in info.metadata},
        fields={each.key: each.value for each in found["BadRequest"].field_violations},
        preconditions=[
            Precondition(each.type, each.subject, each.description)
            for each in found["PreconditionFailure"].violations
        ],
    )
