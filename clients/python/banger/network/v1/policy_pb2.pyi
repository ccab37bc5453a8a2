from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
EGRESS_ACTION_ALLOW: EgressAction
EGRESS_ACTION_DENY: EgressAction
EGRESS_ACTION_UNSPECIFIED: EgressAction
IP_PROTOCOL_TCP: IpProtocol
IP_PROTOCOL_UDP: IpProtocol
IP_PROTOCOL_UNSPECIFIED: IpProtocol

class EgressRule(_message.Message):
    __slots__ = ["action", "destination", "port", "protocol"]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    action: EgressAction
    destination: str
    port: int
    protocol: IpProtocol
    def __init__(self, action: _Optional[_Union[EgressAction, str]] = ..., destination: _Optional[str] = ..., port: _Optional[int] = ..., protocol: _Optional[_Union[IpProtocol, str]] = ...) -> None: ...

class NetworkPolicy(_message.Message):
    __slots__ = ["allow_from", "egress", "published_ports"]
    ALLOW_FROM_FIELD_NUMBER: _ClassVar[int]
    EGRESS_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_PORTS_FIELD_NUMBER: _ClassVar[int]
    allow_from: _containers.RepeatedScalarFieldContainer[str]
    egress: _containers.RepeatedCompositeFieldContainer[EgressRule]
    published_ports: _containers.RepeatedCompositeFieldContainer[PublishedPort]
    def __init__(self, allow_from: _Optional[_Iterable[str]] = ..., egress: _Optional[_Iterable[_Union[EgressRule, _Mapping]]] = ..., published_ports: _Optional[_Iterable[_Union[PublishedPort, _Mapping]]] = ...) -> None: ...

class PublishedPort(_message.Message):
    __slots__ = ["guest_port", "host_address", "host_port", "protocol"]
    GUEST_PORT_FIELD_NUMBER: _ClassVar[int]
    HOST_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    HOST_PORT_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    guest_port: int
    host_address: str
    host_port: int
    protocol: IpProtocol
    def __init__(self, host_address: _Optional[str] = ..., host_port: _Optional[int] = ..., guest_port: _Optional[int] = ..., protocol: _Optional[_Union[IpProtocol, str]] = ...) -> None: ...

class IpProtocol(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class EgressAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
