from banger.events.v1 import event_service_pb2 as _event_service_pb2
from banger.network.v1 import policy_pb2 as _policy_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

ACCELERATION_KVM: Acceleration
ACCELERATION_TCG: Acceleration
ACCELERATION_UNSPECIFIED: Acceleration
DESCRIPTOR: _descriptor.FileDescriptor
GUEST_INIT_LIGHT: GuestInit
GUEST_INIT_SYSTEM: GuestInit
GUEST_INIT_UNSPECIFIED: GuestInit
HYPERVISOR_KIND_FIRECRACKER: HypervisorKind
HYPERVISOR_KIND_QEMU: HypervisorKind
HYPERVISOR_KIND_UNSPECIFIED: HypervisorKind
REMAIN_PART_DISK: RemainPart
REMAIN_PART_HYPERVISOR: RemainPart
REMAIN_PART_IMAGE: RemainPart
REMAIN_PART_NETWORK: RemainPart
REMAIN_PART_UNSPECIFIED: RemainPart
RESTART_POLICY_ALWAYS: RestartPolicy
RESTART_POLICY_NEVER: RestartPolicy
RESTART_POLICY_ON_FAILURE: RestartPolicy
RESTART_POLICY_UNSPECIFIED: RestartPolicy
TIE_DELETE: Tie
TIE_STOP: Tie
TIE_UNSPECIFIED: Tie
VERDICT_BAD: Verdict
VERDICT_OK: Verdict
VERDICT_UNKNOWN: Verdict
VERDICT_UNSPECIFIED: Verdict
VM_STATE_CREATING: VmState
VM_STATE_DELETING: VmState
VM_STATE_FAILED: VmState
VM_STATE_PAUSED: VmState
VM_STATE_RUNNING: VmState
VM_STATE_STARTING: VmState
VM_STATE_STOPPED: VmState
VM_STATE_STOPPING: VmState
VM_STATE_UNSPECIFIED: VmState

class AliasList(_message.Message):
    __slots__ = ["aliases"]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    aliases: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, aliases: _Optional[_Iterable[str]] = ...) -> None: ...

class AllowFromList(_message.Message):
    __slots__ = ["sources"]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    sources: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, sources: _Optional[_Iterable[str]] = ...) -> None: ...

class AttachConsoleRequest(_message.Message):
    __slots__ = ["data", "name", "tail_bytes"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TAIL_BYTES_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    name: str
    tail_bytes: int
    def __init__(self, name: _Optional[str] = ..., data: _Optional[bytes] = ..., tail_bytes: _Optional[int] = ...) -> None: ...

class AttachConsoleResponse(_message.Message):
    __slots__ = ["data"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class CommitVmRequest(_message.Message):
    __slots__ = ["image", "name"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    image: str
    name: str
    def __init__(self, name: _Optional[str] = ..., image: _Optional[str] = ...) -> None: ...

class CommitVmResponse(_message.Message):
    __slots__ = ["image", "step"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    image: MadeImage
    step: str
    def __init__(self, step: _Optional[str] = ..., image: _Optional[_Union[MadeImage, _Mapping]] = ...) -> None: ...

class CopiedToVm(_message.Message):
    __slots__ = ["path"]
    PATH_FIELD_NUMBER: _ClassVar[int]
    path: str
    def __init__(self, path: _Optional[str] = ...) -> None: ...

class CopyFromVmRequest(_message.Message):
    __slots__ = ["name", "path"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ...) -> None: ...

class CopyFromVmResponse(_message.Message):
    __slots__ = ["archive", "source"]
    ARCHIVE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    archive: bytes
    source: CopySource
    def __init__(self, source: _Optional[_Union[CopySource, _Mapping]] = ..., archive: _Optional[bytes] = ...) -> None: ...

class CopySource(_message.Message):
    __slots__ = ["base_name", "is_folder", "size_bytes"]
    BASE_NAME_FIELD_NUMBER: _ClassVar[int]
    IS_FOLDER_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    base_name: str
    is_folder: bool
    size_bytes: int
    def __init__(self, base_name: _Optional[str] = ..., is_folder: bool = ..., size_bytes: _Optional[int] = ...) -> None: ...

class CopyTarget(_message.Message):
    __slots__ = ["base_name", "is_folder", "name", "path"]
    BASE_NAME_FIELD_NUMBER: _ClassVar[int]
    IS_FOLDER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    base_name: str
    is_folder: bool
    name: str
    path: str
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ..., base_name: _Optional[str] = ..., is_folder: bool = ...) -> None: ...

class CopyToVmRequest(_message.Message):
    __slots__ = ["archive", "target"]
    ARCHIVE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    archive: bytes
    target: CopyTarget
    def __init__(self, target: _Optional[_Union[CopyTarget, _Mapping]] = ..., archive: _Optional[bytes] = ...) -> None: ...

class CopyToVmResponse(_message.Message):
    __slots__ = ["copied_bytes", "done"]
    COPIED_BYTES_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    copied_bytes: int
    done: CopiedToVm
    def __init__(self, copied_bytes: _Optional[int] = ..., done: _Optional[_Union[CopiedToVm, _Mapping]] = ...) -> None: ...

class CreateVmRequest(_message.Message):
    __slots__ = ["name", "no_start", "request_id", "spec", "tie", "validate_only", "wait"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NO_START_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    TIE_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    no_start: bool
    request_id: str
    spec: VmSpec
    tie: Tie
    validate_only: bool
    wait: bool
    def __init__(self, name: _Optional[str] = ..., spec: _Optional[_Union[VmSpec, _Mapping]] = ..., request_id: _Optional[str] = ..., no_start: bool = ..., wait: bool = ..., validate_only: bool = ..., tie: _Optional[_Union[Tie, str]] = ...) -> None: ...

class CreateVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class Customization(_message.Message):
    __slots__ = ["image", "rebuild", "script", "spec"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    REBUILD_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    image: str
    rebuild: bool
    script: bytes
    spec: VmSpec
    def __init__(self, image: _Optional[str] = ..., spec: _Optional[_Union[VmSpec, _Mapping]] = ..., script: _Optional[bytes] = ..., rebuild: bool = ...) -> None: ...

class CustomizeImageRequest(_message.Message):
    __slots__ = ["save", "start"]
    SAVE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    save: SaveCustomization
    start: Customization
    def __init__(self, start: _Optional[_Union[Customization, _Mapping]] = ..., save: _Optional[_Union[SaveCustomization, _Mapping]] = ...) -> None: ...

class CustomizeImageResponse(_message.Message):
    __slots__ = ["image", "output", "step", "vm"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    VM_FIELD_NUMBER: _ClassVar[int]
    image: MadeImage
    output: str
    step: str
    vm: str
    def __init__(self, step: _Optional[str] = ..., output: _Optional[str] = ..., vm: _Optional[str] = ..., image: _Optional[_Union[MadeImage, _Mapping]] = ...) -> None: ...

class DeleteVmRequest(_message.Message):
    __slots__ = ["force", "name", "purge", "wait"]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PURGE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    force: bool
    name: str
    purge: bool
    wait: bool
    def __init__(self, name: _Optional[str] = ..., force: bool = ..., wait: bool = ..., purge: bool = ...) -> None: ...

class DeleteVmResponse(_message.Message):
    __slots__ = ["kept_until", "remains"]
    KEPT_UNTIL_FIELD_NUMBER: _ClassVar[int]
    REMAINS_FIELD_NUMBER: _ClassVar[int]
    kept_until: _timestamp_pb2.Timestamp
    remains: _containers.RepeatedCompositeFieldContainer[Remain]
    def __init__(self, kept_until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., remains: _Optional[_Iterable[_Union[Remain, _Mapping]]] = ...) -> None: ...

class DeletedVm(_message.Message):
    __slots__ = ["name", "uid"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ...) -> None: ...

class DiskStats(_message.Message):
    __slots__ = ["name", "read_bytes", "read_count", "write_count", "written_bytes"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    READ_BYTES_FIELD_NUMBER: _ClassVar[int]
    READ_COUNT_FIELD_NUMBER: _ClassVar[int]
    WRITE_COUNT_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    read_bytes: int
    read_count: int
    write_count: int
    written_bytes: int
    def __init__(self, name: _Optional[str] = ..., read_bytes: _Optional[int] = ..., written_bytes: _Optional[int] = ..., read_count: _Optional[int] = ..., write_count: _Optional[int] = ...) -> None: ...

class EgressList(_message.Message):
    __slots__ = ["rules"]
    RULES_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[_policy_pb2.EgressRule]
    def __init__(self, rules: _Optional[_Iterable[_Union[_policy_pb2.EgressRule, _Mapping]]] = ...) -> None: ...

class EndOfInput(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Evidence(_message.Message):
    __slots__ = ["detail", "subject", "verdict"]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    detail: str
    subject: str
    verdict: Verdict
    def __init__(self, subject: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class ExecCommand(_message.Message):
    __slots__ = ["arguments", "environment", "name", "terminal", "terminal_type", "timeout", "user", "working_directory"]
    class EnvironmentEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    WORKING_DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    arguments: _containers.RepeatedScalarFieldContainer[str]
    environment: _containers.ScalarMap[str, str]
    name: str
    terminal: TerminalSize
    terminal_type: str
    timeout: _duration_pb2.Duration
    user: str
    working_directory: str
    def __init__(self, name: _Optional[str] = ..., arguments: _Optional[_Iterable[str]] = ..., environment: _Optional[_Mapping[str, str]] = ..., working_directory: _Optional[str] = ..., user: _Optional[str] = ..., terminal: _Optional[_Union[TerminalSize, _Mapping]] = ..., terminal_type: _Optional[str] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ExecExited(_message.Message):
    __slots__ = ["exit_code", "signal", "timed_out"]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    TIMED_OUT_FIELD_NUMBER: _ClassVar[int]
    exit_code: int
    signal: str
    timed_out: bool
    def __init__(self, exit_code: _Optional[int] = ..., signal: _Optional[str] = ..., timed_out: bool = ...) -> None: ...

class ExecRequest(_message.Message):
    __slots__ = ["command", "end_of_input", "signal", "stdin", "terminal_size"]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    END_OF_INPUT_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    STDIN_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    command: ExecCommand
    end_of_input: EndOfInput
    signal: str
    stdin: bytes
    terminal_size: TerminalSize
    def __init__(self, command: _Optional[_Union[ExecCommand, _Mapping]] = ..., stdin: _Optional[bytes] = ..., end_of_input: _Optional[_Union[EndOfInput, _Mapping]] = ..., terminal_size: _Optional[_Union[TerminalSize, _Mapping]] = ..., signal: _Optional[str] = ...) -> None: ...

class ExecResponse(_message.Message):
    __slots__ = ["exited", "started", "stderr", "stdout"]
    EXITED_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    STDERR_FIELD_NUMBER: _ClassVar[int]
    STDOUT_FIELD_NUMBER: _ClassVar[int]
    exited: ExecExited
    started: ExecStarted
    stderr: bytes
    stdout: bytes
    def __init__(self, started: _Optional[_Union[ExecStarted, _Mapping]] = ..., stdout: _Optional[bytes] = ..., stderr: _Optional[bytes] = ..., exited: _Optional[_Union[ExecExited, _Mapping]] = ...) -> None: ...

class ExecStarted(_message.Message):
    __slots__ = ["pid"]
    PID_FIELD_NUMBER: _ClassVar[int]
    pid: int
    def __init__(self, pid: _Optional[int] = ...) -> None: ...

class ExplainVmRequest(_message.Message):
    __slots__ = ["name"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ExplainVmResponse(_message.Message):
    __slots__ = ["console", "effects", "events", "evidence", "meaning", "next_step", "vm"]
    CONSOLE_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    NEXT_STEP_FIELD_NUMBER: _ClassVar[int]
    VM_FIELD_NUMBER: _ClassVar[int]
    console: _containers.RepeatedScalarFieldContainer[str]
    effects: _containers.RepeatedCompositeFieldContainer[HostEffect]
    events: _containers.RepeatedCompositeFieldContainer[_event_service_pb2.Event]
    evidence: _containers.RepeatedCompositeFieldContainer[Evidence]
    meaning: str
    next_step: str
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ..., meaning: _Optional[str] = ..., next_step: _Optional[str] = ..., evidence: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ..., effects: _Optional[_Iterable[_Union[HostEffect, _Mapping]]] = ..., events: _Optional[_Iterable[_Union[_event_service_pb2.Event, _Mapping]]] = ..., console: _Optional[_Iterable[str]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ["detail", "ok", "remedy"]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    OK_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    detail: str
    ok: bool
    remedy: str
    def __init__(self, ok: bool = ..., detail: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...

class GetGuestDataRequest(_message.Message):
    __slots__ = ["name"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetGuestDataResponse(_message.Message):
    __slots__ = ["environment", "user_data"]
    class EnvironmentEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    USER_DATA_FIELD_NUMBER: _ClassVar[int]
    environment: _containers.ScalarMap[str, str]
    user_data: str
    def __init__(self, environment: _Optional[_Mapping[str, str]] = ..., user_data: _Optional[str] = ...) -> None: ...

class GetHypervisorRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetHypervisorResponse(_message.Message):
    __slots__ = ["acceleration", "hypervisors", "jailer", "kind", "kvm", "programs", "reason", "version"]
    ACCELERATION_FIELD_NUMBER: _ClassVar[int]
    HYPERVISORS_FIELD_NUMBER: _ClassVar[int]
    JAILER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    KVM_FIELD_NUMBER: _ClassVar[int]
    PROGRAMS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    acceleration: Acceleration
    hypervisors: _containers.RepeatedCompositeFieldContainer[HypervisorReport]
    jailer: Finding
    kind: HypervisorKind
    kvm: Finding
    programs: Finding
    reason: str
    version: str
    def __init__(self, kind: _Optional[_Union[HypervisorKind, str]] = ..., acceleration: _Optional[_Union[Acceleration, str]] = ..., version: _Optional[str] = ..., reason: _Optional[str] = ..., hypervisors: _Optional[_Iterable[_Union[HypervisorReport, _Mapping]]] = ..., kvm: _Optional[_Union[Finding, _Mapping]] = ..., jailer: _Optional[_Union[Finding, _Mapping]] = ..., programs: _Optional[_Union[Finding, _Mapping]] = ...) -> None: ...

class GetSshAccessRequest(_message.Message):
    __slots__ = ["name"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetSshAccessResponse(_message.Message):
    __slots__ = ["address", "host_key_alias", "identity_file", "known_hosts_file", "port", "user"]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    HOST_KEY_ALIAS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FILE_FIELD_NUMBER: _ClassVar[int]
    KNOWN_HOSTS_FILE_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    address: str
    host_key_alias: str
    identity_file: str
    known_hosts_file: str
    port: int
    user: str
    def __init__(self, address: _Optional[str] = ..., port: _Optional[int] = ..., user: _Optional[str] = ..., identity_file: _Optional[str] = ..., known_hosts_file: _Optional[str] = ..., host_key_alias: _Optional[str] = ...) -> None: ...

class GetSshFilesRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetSshFilesResponse(_message.Message):
    __slots__ = ["config_file", "identity_file", "known_hosts_file"]
    CONFIG_FILE_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FILE_FIELD_NUMBER: _ClassVar[int]
    KNOWN_HOSTS_FILE_FIELD_NUMBER: _ClassVar[int]
    config_file: str
    identity_file: str
    known_hosts_file: str
    def __init__(self, identity_file: _Optional[str] = ..., known_hosts_file: _Optional[str] = ..., config_file: _Optional[str] = ...) -> None: ...

class GetVmRequest(_message.Message):
    __slots__ = ["name"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class GetVmStatsRequest(_message.Message):
    __slots__ = ["name"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetVmStatsResponse(_message.Message):
    __slots__ = ["stats"]
    STATS_FIELD_NUMBER: _ClassVar[int]
    stats: VmStats
    def __init__(self, stats: _Optional[_Union[VmStats, _Mapping]] = ...) -> None: ...

class GuestMemory(_message.Message):
    __slots__ = ["available_bytes", "balloon_bytes", "total_bytes"]
    AVAILABLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    BALLOON_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    available_bytes: int
    balloon_bytes: int
    total_bytes: int
    def __init__(self, total_bytes: _Optional[int] = ..., available_bytes: _Optional[int] = ..., balloon_bytes: _Optional[int] = ...) -> None: ...

class HostEffect(_message.Message):
    __slots__ = ["detail", "end_time", "outcome", "reason", "request_id", "step", "time", "verb"]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    VERB_FIELD_NUMBER: _ClassVar[int]
    detail: str
    end_time: _timestamp_pb2.Timestamp
    outcome: str
    reason: str
    request_id: str
    step: str
    time: _timestamp_pb2.Timestamp
    verb: str
    def __init__(self, time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., verb: _Optional[str] = ..., step: _Optional[str] = ..., detail: _Optional[str] = ..., outcome: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class HypervisorReport(_message.Message):
    __slots__ = ["kind", "program", "usable", "version"]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROGRAM_FIELD_NUMBER: _ClassVar[int]
    USABLE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    kind: HypervisorKind
    program: str
    usable: Finding
    version: str
    def __init__(self, kind: _Optional[_Union[HypervisorKind, str]] = ..., program: _Optional[str] = ..., version: _Optional[str] = ..., usable: _Optional[_Union[Finding, _Mapping]] = ...) -> None: ...

class KillVmRequest(_message.Message):
    __slots__ = ["name", "wait"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    wait: bool
    def __init__(self, name: _Optional[str] = ..., wait: bool = ...) -> None: ...

class KillVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class LabelChange(_message.Message):
    __slots__ = ["remove", "set"]
    class SetEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    SET_FIELD_NUMBER: _ClassVar[int]
    remove: _containers.RepeatedScalarFieldContainer[str]
    set: _containers.ScalarMap[str, str]
    def __init__(self, set: _Optional[_Mapping[str, str]] = ..., remove: _Optional[_Iterable[str]] = ...) -> None: ...

class ListTrashRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ListTrashResponse(_message.Message):
    __slots__ = ["remains", "vms"]
    REMAINS_FIELD_NUMBER: _ClassVar[int]
    VMS_FIELD_NUMBER: _ClassVar[int]
    remains: _containers.RepeatedCompositeFieldContainer[Remain]
    vms: _containers.RepeatedCompositeFieldContainer[TrashedVm]
    def __init__(self, vms: _Optional[_Iterable[_Union[TrashedVm, _Mapping]]] = ..., remains: _Optional[_Iterable[_Union[Remain, _Mapping]]] = ...) -> None: ...

class ListVmsRequest(_message.Message):
    __slots__ = ["page_size", "page_token", "selector"]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    selector: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., selector: _Optional[str] = ...) -> None: ...

class ListVmsResponse(_message.Message):
    __slots__ = ["next_page_token", "vms"]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VMS_FIELD_NUMBER: _ClassVar[int]
    next_page_token: str
    vms: _containers.RepeatedCompositeFieldContainer[Vm]
    def __init__(self, vms: _Optional[_Iterable[_Union[Vm, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MadeImage(_message.Message):
    __slots__ = ["digest", "name"]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    digest: str
    name: str
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class NetworkStats(_message.Message):
    __slots__ = ["received_bytes", "received_packets", "sent_bytes", "sent_packets"]
    RECEIVED_BYTES_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_PACKETS_FIELD_NUMBER: _ClassVar[int]
    SENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    SENT_PACKETS_FIELD_NUMBER: _ClassVar[int]
    received_bytes: int
    received_packets: int
    sent_bytes: int
    sent_packets: int
    def __init__(self, received_bytes: _Optional[int] = ..., sent_bytes: _Optional[int] = ..., received_packets: _Optional[int] = ..., sent_packets: _Optional[int] = ...) -> None: ...

class PauseVmRequest(_message.Message):
    __slots__ = ["name", "wait"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    wait: bool
    def __init__(self, name: _Optional[str] = ..., wait: bool = ...) -> None: ...

class PauseVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class PurgeVmRequest(_message.Message):
    __slots__ = ["all", "name"]
    ALL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    all: bool
    name: str
    def __init__(self, name: _Optional[str] = ..., all: bool = ...) -> None: ...

class PurgeVmResponse(_message.Message):
    __slots__ = ["remains", "vms"]
    REMAINS_FIELD_NUMBER: _ClassVar[int]
    VMS_FIELD_NUMBER: _ClassVar[int]
    remains: _containers.RepeatedCompositeFieldContainer[Remain]
    vms: _containers.RepeatedCompositeFieldContainer[TrashedVm]
    def __init__(self, vms: _Optional[_Iterable[_Union[TrashedVm, _Mapping]]] = ..., remains: _Optional[_Iterable[_Union[Remain, _Mapping]]] = ...) -> None: ...

class Remain(_message.Message):
    __slots__ = ["name", "part", "problem", "since", "uid"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    name: str
    part: RemainPart
    problem: str
    since: _timestamp_pb2.Timestamp
    uid: str
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., part: _Optional[_Union[RemainPart, str]] = ..., problem: _Optional[str] = ..., since: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RestartVmRequest(_message.Message):
    __slots__ = ["grace_seconds", "name", "wait"]
    GRACE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    grace_seconds: int
    name: str
    wait: bool
    def __init__(self, name: _Optional[str] = ..., wait: bool = ..., grace_seconds: _Optional[int] = ...) -> None: ...

class RestartVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class RestoreVmRequest(_message.Message):
    __slots__ = ["name", "new_name", "wait"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NEW_NAME_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    new_name: str
    wait: bool
    def __init__(self, name: _Optional[str] = ..., new_name: _Optional[str] = ..., wait: bool = ...) -> None: ...

class RestoreVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class ResumeVmRequest(_message.Message):
    __slots__ = ["name", "wait"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    wait: bool
    def __init__(self, name: _Optional[str] = ..., wait: bool = ...) -> None: ...

class ResumeVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class SaveCustomization(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class StartVmRequest(_message.Message):
    __slots__ = ["name", "tie", "wait"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    tie: Tie
    wait: bool
    def __init__(self, name: _Optional[str] = ..., wait: bool = ..., tie: _Optional[_Union[Tie, str]] = ...) -> None: ...

class StartVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class StopVmRequest(_message.Message):
    __slots__ = ["grace_seconds", "name", "wait"]
    GRACE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    grace_seconds: int
    name: str
    wait: bool
    def __init__(self, name: _Optional[str] = ..., wait: bool = ..., grace_seconds: _Optional[int] = ...) -> None: ...

class StopVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class StreamConsoleLogRequest(_message.Message):
    __slots__ = ["follow", "name", "only_new", "since", "tail_bytes"]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ONLY_NEW_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    TAIL_BYTES_FIELD_NUMBER: _ClassVar[int]
    follow: bool
    name: str
    only_new: bool
    since: _timestamp_pb2.Timestamp
    tail_bytes: int
    def __init__(self, name: _Optional[str] = ..., tail_bytes: _Optional[int] = ..., follow: bool = ..., since: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., only_new: bool = ...) -> None: ...

class StreamConsoleLogResponse(_message.Message):
    __slots__ = ["data"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class Synced(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class TerminalSize(_message.Message):
    __slots__ = ["columns", "rows"]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    columns: int
    rows: int
    def __init__(self, columns: _Optional[int] = ..., rows: _Optional[int] = ...) -> None: ...

class TrashedVm(_message.Message):
    __slots__ = ["delete_time", "kept_until", "name", "size_bytes", "spec", "uid"]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    KEPT_UNTIL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    delete_time: _timestamp_pb2.Timestamp
    kept_until: _timestamp_pb2.Timestamp
    name: str
    size_bytes: int
    spec: VmSpec
    uid: str
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., delete_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., kept_until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., size_bytes: _Optional[int] = ..., spec: _Optional[_Union[VmSpec, _Mapping]] = ...) -> None: ...

class UpdateVmRequest(_message.Message):
    __slots__ = ["aliases", "allow_from", "autostart", "autostart_order", "cpu_count", "egress", "hypervisor", "labels", "memory_mib", "name", "nat", "publish", "restart_policy", "unpublish", "work_disk_mib"]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    ALLOW_FROM_FIELD_NUMBER: _ClassVar[int]
    AUTOSTART_FIELD_NUMBER: _ClassVar[int]
    AUTOSTART_ORDER_FIELD_NUMBER: _ClassVar[int]
    CPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    EGRESS_FIELD_NUMBER: _ClassVar[int]
    HYPERVISOR_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_MIB_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAT_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_FIELD_NUMBER: _ClassVar[int]
    RESTART_POLICY_FIELD_NUMBER: _ClassVar[int]
    UNPUBLISH_FIELD_NUMBER: _ClassVar[int]
    WORK_DISK_MIB_FIELD_NUMBER: _ClassVar[int]
    aliases: AliasList
    allow_from: AllowFromList
    autostart: bool
    autostart_order: int
    cpu_count: int
    egress: EgressList
    hypervisor: HypervisorKind
    labels: LabelChange
    memory_mib: int
    name: str
    nat: bool
    publish: _containers.RepeatedCompositeFieldContainer[_policy_pb2.PublishedPort]
    restart_policy: RestartPolicy
    unpublish: _containers.RepeatedCompositeFieldContainer[_policy_pb2.PublishedPort]
    work_disk_mib: int
    def __init__(self, name: _Optional[str] = ..., cpu_count: _Optional[int] = ..., memory_mib: _Optional[int] = ..., nat: bool = ..., work_disk_mib: _Optional[int] = ..., restart_policy: _Optional[_Union[RestartPolicy, str]] = ..., hypervisor: _Optional[_Union[HypervisorKind, str]] = ..., aliases: _Optional[_Union[AliasList, _Mapping]] = ..., allow_from: _Optional[_Union[AllowFromList, _Mapping]] = ..., egress: _Optional[_Union[EgressList, _Mapping]] = ..., publish: _Optional[_Iterable[_Union[_policy_pb2.PublishedPort, _Mapping]]] = ..., unpublish: _Optional[_Iterable[_Union[_policy_pb2.PublishedPort, _Mapping]]] = ..., autostart: bool = ..., autostart_order: _Optional[int] = ..., labels: _Optional[_Union[LabelChange, _Mapping]] = ...) -> None: ...

class UpdateVmResponse(_message.Message):
    __slots__ = ["vm"]
    VM_FIELD_NUMBER: _ClassVar[int]
    vm: Vm
    def __init__(self, vm: _Optional[_Union[Vm, _Mapping]] = ...) -> None: ...

class Vm(_message.Message):
    __slots__ = ["create_time", "name", "revision", "spec", "status", "temporary", "uid"]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TEMPORARY_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    create_time: _timestamp_pb2.Timestamp
    name: str
    revision: int
    spec: VmSpec
    status: VmStatus
    temporary: bool
    uid: str
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., spec: _Optional[_Union[VmSpec, _Mapping]] = ..., status: _Optional[_Union[VmStatus, _Mapping]] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., temporary: bool = ...) -> None: ...

class VmError(_message.Message):
    __slots__ = ["message", "reason", "time"]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    message: str
    reason: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class VmSpec(_message.Message):
    __slots__ = ["aliases", "autostart", "autostart_order", "cpu_count", "disk_mib", "environment", "hypervisor", "image", "init", "ipv4_address", "kernel", "labels", "mac_address", "memory_mib", "nat", "policy", "restart_policy", "user_data", "work_disk_mib"]
    class EnvironmentEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class LabelsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    AUTOSTART_FIELD_NUMBER: _ClassVar[int]
    AUTOSTART_ORDER_FIELD_NUMBER: _ClassVar[int]
    CPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    DISK_MIB_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    HYPERVISOR_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    INIT_FIELD_NUMBER: _ClassVar[int]
    IPV4_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_MIB_FIELD_NUMBER: _ClassVar[int]
    NAT_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    RESTART_POLICY_FIELD_NUMBER: _ClassVar[int]
    USER_DATA_FIELD_NUMBER: _ClassVar[int]
    WORK_DISK_MIB_FIELD_NUMBER: _ClassVar[int]
    aliases: _containers.RepeatedScalarFieldContainer[str]
    autostart: bool
    autostart_order: int
    cpu_count: int
    disk_mib: int
    environment: _containers.ScalarMap[str, str]
    hypervisor: HypervisorKind
    image: str
    init: GuestInit
    ipv4_address: str
    kernel: str
    labels: _containers.ScalarMap[str, str]
    mac_address: str
    memory_mib: int
    nat: bool
    policy: _policy_pb2.NetworkPolicy
    restart_policy: RestartPolicy
    user_data: str
    work_disk_mib: int
    def __init__(self, cpu_count: _Optional[int] = ..., memory_mib: _Optional[int] = ..., image: _Optional[str] = ..., kernel: _Optional[str] = ..., disk_mib: _Optional[int] = ..., work_disk_mib: _Optional[int] = ..., init: _Optional[_Union[GuestInit, str]] = ..., nat: bool = ..., hypervisor: _Optional[_Union[HypervisorKind, str]] = ..., restart_policy: _Optional[_Union[RestartPolicy, str]] = ..., aliases: _Optional[_Iterable[str]] = ..., ipv4_address: _Optional[str] = ..., mac_address: _Optional[str] = ..., policy: _Optional[_Union[_policy_pb2.NetworkPolicy, _Mapping]] = ..., autostart: bool = ..., autostart_order: _Optional[int] = ..., labels: _Optional[_Mapping[str, str]] = ..., environment: _Optional[_Mapping[str, str]] = ..., user_data: _Optional[str] = ...) -> None: ...

class VmStats(_message.Message):
    __slots__ = ["counters", "cpu_time", "disks", "guest_memory", "network", "resident_bytes", "uptime"]
    class CountersEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    COUNTERS_FIELD_NUMBER: _ClassVar[int]
    CPU_TIME_FIELD_NUMBER: _ClassVar[int]
    DISKS_FIELD_NUMBER: _ClassVar[int]
    GUEST_MEMORY_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    RESIDENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    UPTIME_FIELD_NUMBER: _ClassVar[int]
    counters: _containers.ScalarMap[str, int]
    cpu_time: _duration_pb2.Duration
    disks: _containers.RepeatedCompositeFieldContainer[DiskStats]
    guest_memory: GuestMemory
    network: NetworkStats
    resident_bytes: int
    uptime: _duration_pb2.Duration
    def __init__(self, uptime: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., cpu_time: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., resident_bytes: _Optional[int] = ..., guest_memory: _Optional[_Union[GuestMemory, _Mapping]] = ..., disks: _Optional[_Iterable[_Union[DiskStats, _Mapping]]] = ..., network: _Optional[_Union[NetworkStats, _Mapping]] = ..., counters: _Optional[_Mapping[str, int]] = ...) -> None: ...

class VmStatus(_message.Message):
    __slots__ = ["acceleration", "hypervisor", "hypervisor_reason", "hypervisor_version", "image_digest", "ipv4_address", "ipv6_address", "jail_uid", "kernel_digest", "last_error", "mac_address", "pending_restart", "pid", "ready_time", "restart_count", "restart_reason", "ssh_host_key", "ssh_user", "state", "state_reason", "step", "tap", "tie", "tied_pid"]
    ACCELERATION_FIELD_NUMBER: _ClassVar[int]
    HYPERVISOR_FIELD_NUMBER: _ClassVar[int]
    HYPERVISOR_REASON_FIELD_NUMBER: _ClassVar[int]
    HYPERVISOR_VERSION_FIELD_NUMBER: _ClassVar[int]
    IMAGE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    IPV4_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    IPV6_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    JAIL_UID_FIELD_NUMBER: _ClassVar[int]
    KERNEL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PENDING_RESTART_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    READY_TIME_FIELD_NUMBER: _ClassVar[int]
    RESTART_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESTART_REASON_FIELD_NUMBER: _ClassVar[int]
    SSH_HOST_KEY_FIELD_NUMBER: _ClassVar[int]
    SSH_USER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_REASON_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    TAP_FIELD_NUMBER: _ClassVar[int]
    TIED_PID_FIELD_NUMBER: _ClassVar[int]
    TIE_FIELD_NUMBER: _ClassVar[int]
    acceleration: Acceleration
    hypervisor: HypervisorKind
    hypervisor_reason: str
    hypervisor_version: str
    image_digest: str
    ipv4_address: str
    ipv6_address: str
    jail_uid: int
    kernel_digest: str
    last_error: VmError
    mac_address: str
    pending_restart: bool
    pid: int
    ready_time: _timestamp_pb2.Timestamp
    restart_count: int
    restart_reason: str
    ssh_host_key: str
    ssh_user: str
    state: VmState
    state_reason: str
    step: str
    tap: str
    tie: Tie
    tied_pid: int
    def __init__(self, state: _Optional[_Union[VmState, str]] = ..., ipv4_address: _Optional[str] = ..., mac_address: _Optional[str] = ..., tap: _Optional[str] = ..., pid: _Optional[int] = ..., hypervisor: _Optional[_Union[HypervisorKind, str]] = ..., acceleration: _Optional[_Union[Acceleration, str]] = ..., hypervisor_reason: _Optional[str] = ..., last_error: _Optional[_Union[VmError, _Mapping]] = ..., step: _Optional[str] = ..., pending_restart: bool = ..., ready_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., image_digest: _Optional[str] = ..., kernel_digest: _Optional[str] = ..., ssh_host_key: _Optional[str] = ..., ssh_user: _Optional[str] = ..., hypervisor_version: _Optional[str] = ..., jail_uid: _Optional[int] = ..., restart_count: _Optional[int] = ..., restart_reason: _Optional[str] = ..., ipv6_address: _Optional[str] = ..., state_reason: _Optional[str] = ..., tie: _Optional[_Union[Tie, str]] = ..., tied_pid: _Optional[int] = ...) -> None: ...

class WatchVmsRequest(_message.Message):
    __slots__ = ["name", "selector"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    name: str
    selector: str
    def __init__(self, name: _Optional[str] = ..., selector: _Optional[str] = ...) -> None: ...

class WatchVmsResponse(_message.Message):
    __slots__ = ["deleted", "revision", "synced", "upserted"]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    UPSERTED_FIELD_NUMBER: _ClassVar[int]
    deleted: DeletedVm
    revision: int
    synced: Synced
    upserted: Vm
    def __init__(self, revision: _Optional[int] = ..., upserted: _Optional[_Union[Vm, _Mapping]] = ..., deleted: _Optional[_Union[DeletedVm, _Mapping]] = ..., synced: _Optional[_Union[Synced, _Mapping]] = ...) -> None: ...

class RestartPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Tie(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class GuestInit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class HypervisorKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Acceleration(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class VmState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class RemainPart(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
