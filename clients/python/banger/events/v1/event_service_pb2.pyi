from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
EVENT_TYPE_ATTACHMENT: EventType
EVENT_TYPE_IMAGE: EventType
EVENT_TYPE_KERNEL: EventType
EVENT_TYPE_LEASE: EventType
EVENT_TYPE_REPAIR: EventType
EVENT_TYPE_SERVICE: EventType
EVENT_TYPE_UNSPECIFIED: EventType
EVENT_TYPE_VERB: EventType
EVENT_TYPE_VM: EventType
OUTCOME_ACCEPTED: Outcome
OUTCOME_FAILED: Outcome
OUTCOME_REFUSED: Outcome
OUTCOME_UNSPECIFIED: Outcome

class Event(_message.Message):
    __slots__ = ["action", "caller", "id", "message", "object", "outcome", "reason", "request_id", "service", "time", "type", "uid"]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    action: str
    caller: EventCaller
    id: int
    message: str
    object: str
    outcome: Outcome
    reason: str
    request_id: str
    service: str
    time: _timestamp_pb2.Timestamp
    type: EventType
    uid: str
    def __init__(self, id: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., service: _Optional[str] = ..., type: _Optional[_Union[EventType, str]] = ..., action: _Optional[str] = ..., object: _Optional[str] = ..., uid: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., request_id: _Optional[str] = ..., caller: _Optional[_Union[EventCaller, _Mapping]] = ...) -> None: ...

class EventCaller(_message.Message):
    __slots__ = ["address", "certificate", "pid", "program", "uid", "user"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    PROGRAM_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    address: str
    certificate: str
    pid: int
    program: str
    uid: int
    user: str
    def __init__(self, uid: _Optional[int] = ..., user: _Optional[str] = ..., pid: _Optional[int] = ..., program: _Optional[str] = ..., certificate: _Optional[str] = ..., address: _Optional[str] = ...) -> None: ...

class Missed(_message.Message):
    __slots__ = ["count"]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    count: int
    def __init__(self, count: _Optional[int] = ...) -> None: ...

class Synced(_message.Message):
    __slots__ = ["id"]
    ID_FIELD_NUMBER: _ClassVar[int]
    id: int
    def __init__(self, id: _Optional[int] = ...) -> None: ...

class WatchEventsRequest(_message.Message):
    __slots__ = ["after_id", "follow", "object", "request_id", "since", "tail", "types"]
    AFTER_ID_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    TAIL_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    after_id: int
    follow: bool
    object: str
    request_id: str
    since: _timestamp_pb2.Timestamp
    tail: int
    types: _containers.RepeatedScalarFieldContainer[EventType]
    def __init__(self, after_id: _Optional[int] = ..., since: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., follow: bool = ..., types: _Optional[_Iterable[_Union[EventType, str]]] = ..., object: _Optional[str] = ..., request_id: _Optional[str] = ..., tail: _Optional[int] = ...) -> None: ...

class WatchEventsResponse(_message.Message):
    __slots__ = ["happened", "missed", "synced"]
    HAPPENED_FIELD_NUMBER: _ClassVar[int]
    MISSED_FIELD_NUMBER: _ClassVar[int]
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    happened: Event
    missed: Missed
    synced: Synced
    def __init__(self, happened: _Optional[_Union[Event, _Mapping]] = ..., missed: _Optional[_Union[Missed, _Mapping]] = ..., synced: _Optional[_Union[Synced, _Mapping]] = ...) -> None: ...

class EventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
