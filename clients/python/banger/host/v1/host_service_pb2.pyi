from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
DISCREPANCY_STATE_FAILED: DiscrepancyState
DISCREPANCY_STATE_FOUND: DiscrepancyState
DISCREPANCY_STATE_REPAIRED: DiscrepancyState
DISCREPANCY_STATE_UNSPECIFIED: DiscrepancyState
PURPOSE_BUNDLE: Purpose
PURPOSE_DNS: Purpose
PURPOSE_IMAGE_BUILD: Purpose
PURPOSE_IMAGE_IMPORT: Purpose
PURPOSE_KERNEL_BUILD: Purpose
PURPOSE_NAT: Purpose
PURPOSE_SSH: Purpose
PURPOSE_UNSPECIFIED: Purpose
PURPOSE_VM_START: Purpose
PURPOSE_WORK_DISK_RESIZE: Purpose
SEVERITY_ERROR: Severity
SEVERITY_OK: Severity
SEVERITY_UNSPECIFIED: Severity
SEVERITY_WARNING: Severity

class CheckHostRequest(_message.Message):
    __slots__ = ["purposes"]
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    purposes: _containers.RepeatedScalarFieldContainer[Purpose]
    def __init__(self, purposes: _Optional[_Iterable[_Union[Purpose, str]]] = ...) -> None: ...

class CheckHostResponse(_message.Message):
    __slots__ = ["findings"]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    findings: _containers.RepeatedCompositeFieldContainer[HostFinding]
    def __init__(self, findings: _Optional[_Iterable[_Union[HostFinding, _Mapping]]] = ...) -> None: ...

class Discrepancy(_message.Message):
    __slots__ = ["failure", "found", "kind", "remedy", "state", "subject"]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    failure: str
    found: str
    kind: str
    remedy: str
    state: DiscrepancyState
    subject: str
    def __init__(self, kind: _Optional[str] = ..., subject: _Optional[str] = ..., found: _Optional[str] = ..., remedy: _Optional[str] = ..., state: _Optional[_Union[DiscrepancyState, str]] = ..., failure: _Optional[str] = ...) -> None: ...

class FindDiscrepanciesRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class FindDiscrepanciesResponse(_message.Message):
    __slots__ = ["discrepancies"]
    DISCREPANCIES_FIELD_NUMBER: _ClassVar[int]
    discrepancies: _containers.RepeatedCompositeFieldContainer[Discrepancy]
    def __init__(self, discrepancies: _Optional[_Iterable[_Union[Discrepancy, _Mapping]]] = ...) -> None: ...

class HostFinding(_message.Message):
    __slots__ = ["found", "purpose", "remedy", "severity", "subject", "type"]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    found: str
    purpose: Purpose
    remedy: str
    severity: Severity
    subject: str
    type: str
    def __init__(self, purpose: _Optional[_Union[Purpose, str]] = ..., severity: _Optional[_Union[Severity, str]] = ..., type: _Optional[str] = ..., subject: _Optional[str] = ..., found: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...

class ReconcileRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ReconcileResponse(_message.Message):
    __slots__ = ["discrepancies"]
    DISCREPANCIES_FIELD_NUMBER: _ClassVar[int]
    discrepancies: _containers.RepeatedCompositeFieldContainer[Discrepancy]
    def __init__(self, discrepancies: _Optional[_Iterable[_Union[Discrepancy, _Mapping]]] = ...) -> None: ...

class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class DiscrepancyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
