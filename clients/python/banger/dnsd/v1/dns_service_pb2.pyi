from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
LISTENER_ROLE_GUEST: ListenerRole
LISTENER_ROLE_HOST: ListenerRole
LISTENER_ROLE_UNSPECIFIED: ListenerRole
RECORD_TYPE_A: RecordType
RECORD_TYPE_AAAA: RecordType
RECORD_TYPE_NS: RecordType
RECORD_TYPE_PTR: RecordType
RECORD_TYPE_SOA: RecordType
RECORD_TYPE_UNSPECIFIED: RecordType

class GetDnsStatusRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetDnsStatusResponse(_message.Message):
    __slots__ = ["answered_count", "change_time", "dropped_count", "guests", "limited_count", "listeners", "remembered_bytes", "remembered_count", "serial", "synced", "upstreams"]
    ANSWERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    DROPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    LIMITED_COUNT_FIELD_NUMBER: _ClassVar[int]
    LISTENERS_FIELD_NUMBER: _ClassVar[int]
    REMEMBERED_BYTES_FIELD_NUMBER: _ClassVar[int]
    REMEMBERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    UPSTREAMS_FIELD_NUMBER: _ClassVar[int]
    answered_count: int
    change_time: _timestamp_pb2.Timestamp
    dropped_count: int
    guests: _containers.RepeatedCompositeFieldContainer[GuestQueries]
    limited_count: int
    listeners: _containers.RepeatedCompositeFieldContainer[Listener]
    remembered_bytes: int
    remembered_count: int
    serial: int
    synced: bool
    upstreams: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, listeners: _Optional[_Iterable[_Union[Listener, _Mapping]]] = ..., synced: bool = ..., serial: _Optional[int] = ..., change_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., answered_count: _Optional[int] = ..., dropped_count: _Optional[int] = ..., limited_count: _Optional[int] = ..., upstreams: _Optional[_Iterable[str]] = ..., remembered_count: _Optional[int] = ..., remembered_bytes: _Optional[int] = ..., guests: _Optional[_Iterable[_Union[GuestQueries, _Mapping]]] = ...) -> None: ...

class GuestQueries(_message.Message):
    __slots__ = ["address", "asked_count", "failed_count", "forwarded_count", "limited_count", "remembered_count", "vm_name"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ASKED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FORWARDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    LIMITED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMEMBERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    VM_NAME_FIELD_NUMBER: _ClassVar[int]
    address: str
    asked_count: int
    failed_count: int
    forwarded_count: int
    limited_count: int
    remembered_count: int
    vm_name: str
    def __init__(self, vm_name: _Optional[str] = ..., address: _Optional[str] = ..., asked_count: _Optional[int] = ..., forwarded_count: _Optional[int] = ..., remembered_count: _Optional[int] = ..., failed_count: _Optional[int] = ..., limited_count: _Optional[int] = ...) -> None: ...

class ListRecordsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ListRecordsResponse(_message.Message):
    __slots__ = ["records"]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[Record]
    def __init__(self, records: _Optional[_Iterable[_Union[Record, _Mapping]]] = ...) -> None: ...

class Listener(_message.Message):
    __slots__ = ["address", "error", "listening", "port", "role"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    LISTENING_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    address: str
    error: str
    listening: bool
    port: int
    role: ListenerRole
    def __init__(self, role: _Optional[_Union[ListenerRole, str]] = ..., address: _Optional[str] = ..., port: _Optional[int] = ..., listening: bool = ..., error: _Optional[str] = ...) -> None: ...

class Record(_message.Message):
    __slots__ = ["data", "name", "ttl_seconds", "type"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TTL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    data: str
    name: str
    ttl_seconds: int
    type: RecordType
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[RecordType, str]] = ..., ttl_seconds: _Optional[int] = ..., data: _Optional[str] = ...) -> None: ...

class RecordType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class ListenerRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
