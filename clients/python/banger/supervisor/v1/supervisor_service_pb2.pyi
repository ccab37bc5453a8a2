from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
SERVICE_STATE_BACKOFF: ServiceState
SERVICE_STATE_HEALTHY: ServiceState
SERVICE_STATE_STARTING: ServiceState
SERVICE_STATE_STOPPED: ServiceState
SERVICE_STATE_UNSPECIFIED: ServiceState
STARTED_BY_CLI: StartedBy
STARTED_BY_OTHER: StartedBy
STARTED_BY_SYSTEMD: StartedBy
STARTED_BY_UNSPECIFIED: StartedBy

class GetStatusRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ["build_id", "dns_listener", "handing_over", "pid", "program", "roll_over", "run_dir", "services", "start_time", "started_by", "state_dir", "version"]
    BUILD_ID_FIELD_NUMBER: _ClassVar[int]
    DNS_LISTENER_FIELD_NUMBER: _ClassVar[int]
    HANDING_OVER_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    PROGRAM_FIELD_NUMBER: _ClassVar[int]
    ROLL_OVER_FIELD_NUMBER: _ClassVar[int]
    RUN_DIR_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    STARTED_BY_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_DIR_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    build_id: str
    dns_listener: str
    handing_over: bool
    pid: int
    program: str
    roll_over: RollOver
    run_dir: str
    services: _containers.RepeatedCompositeFieldContainer[Service]
    start_time: _timestamp_pb2.Timestamp
    started_by: StartedBy
    state_dir: str
    version: str
    def __init__(self, build_id: _Optional[str] = ..., version: _Optional[str] = ..., pid: _Optional[int] = ..., start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., services: _Optional[_Iterable[_Union[Service, _Mapping]]] = ..., dns_listener: _Optional[str] = ..., state_dir: _Optional[str] = ..., run_dir: _Optional[str] = ..., program: _Optional[str] = ..., started_by: _Optional[_Union[StartedBy, str]] = ..., roll_over: _Optional[_Union[RollOver, _Mapping]] = ..., handing_over: bool = ...) -> None: ...

class HandOverRequest(_message.Message):
    __slots__ = ["finish", "release"]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    finish: bool
    release: str
    def __init__(self, release: _Optional[str] = ..., finish: bool = ...) -> None: ...

class HandOverResponse(_message.Message):
    __slots__ = ["released"]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    released: str
    def __init__(self, released: _Optional[str] = ...) -> None: ...

class RestartServiceRequest(_message.Message):
    __slots__ = ["name"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class RestartServiceResponse(_message.Message):
    __slots__ = ["service"]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    service: Service
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ...) -> None: ...

class RollOver(_message.Message):
    __slots__ = ["from_build_id", "from_version", "time"]
    FROM_BUILD_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_VERSION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    from_build_id: str
    from_version: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, from_build_id: _Optional[str] = ..., from_version: _Optional[str] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Service(_message.Message):
    __slots__ = ["gap_ms", "last_exit", "log_path", "name", "pid", "restart_count", "rights", "serving_since", "socket_path", "start_time", "state"]
    GAP_MS_FIELD_NUMBER: _ClassVar[int]
    LAST_EXIT_FIELD_NUMBER: _ClassVar[int]
    LOG_PATH_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    RESTART_COUNT_FIELD_NUMBER: _ClassVar[int]
    RIGHTS_FIELD_NUMBER: _ClassVar[int]
    SERVING_SINCE_FIELD_NUMBER: _ClassVar[int]
    SOCKET_PATH_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    gap_ms: int
    last_exit: str
    log_path: str
    name: str
    pid: int
    restart_count: int
    rights: str
    serving_since: _timestamp_pb2.Timestamp
    socket_path: str
    start_time: _timestamp_pb2.Timestamp
    state: ServiceState
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[ServiceState, str]] = ..., pid: _Optional[int] = ..., start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., restart_count: _Optional[int] = ..., socket_path: _Optional[str] = ..., log_path: _Optional[str] = ..., last_exit: _Optional[str] = ..., gap_ms: _Optional[int] = ..., serving_since: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., rights: _Optional[str] = ...) -> None: ...

class ShutdownRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ShutdownResponse(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class StreamServiceLogRequest(_message.Message):
    __slots__ = ["follow", "name", "tail_lines"]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TAIL_LINES_FIELD_NUMBER: _ClassVar[int]
    follow: bool
    name: str
    tail_lines: int
    def __init__(self, name: _Optional[str] = ..., tail_lines: _Optional[int] = ..., follow: bool = ...) -> None: ...

class StreamServiceLogResponse(_message.Message):
    __slots__ = ["data"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class ServiceState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class StartedBy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
