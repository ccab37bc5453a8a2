from banger.network.v1 import policy_pb2 as _policy_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AllowResolvedRequest(_message.Message):
    __slots__ = ["addresses", "guest_address", "name", "ttl_seconds"]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    GUEST_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TTL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    addresses: _containers.RepeatedScalarFieldContainer[str]
    guest_address: str
    name: str
    ttl_seconds: int
    def __init__(self, guest_address: _Optional[str] = ..., name: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., ttl_seconds: _Optional[int] = ...) -> None: ...

class AllowResolvedResponse(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Attachment(_message.Message):
    __slots__ = ["gateway", "ipv4_address", "ipv6_address", "ipv6_gateway", "mac_address", "nat", "policy", "tap", "vm_name", "vm_uid"]
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    IPV4_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    IPV6_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    IPV6_GATEWAY_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    NAT_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    TAP_FIELD_NUMBER: _ClassVar[int]
    VM_NAME_FIELD_NUMBER: _ClassVar[int]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    gateway: str
    ipv4_address: str
    ipv6_address: str
    ipv6_gateway: str
    mac_address: str
    nat: bool
    policy: _policy_pb2.NetworkPolicy
    tap: str
    vm_name: str
    vm_uid: str
    def __init__(self, vm_uid: _Optional[str] = ..., vm_name: _Optional[str] = ..., ipv4_address: _Optional[str] = ..., mac_address: _Optional[str] = ..., tap: _Optional[str] = ..., gateway: _Optional[str] = ..., nat: bool = ..., ipv6_address: _Optional[str] = ..., ipv6_gateway: _Optional[str] = ..., policy: _Optional[_Union[_policy_pb2.NetworkPolicy, _Mapping]] = ...) -> None: ...

class CheckPolicyRequest(_message.Message):
    __slots__ = ["policy", "vm_name", "vm_uid"]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    VM_NAME_FIELD_NUMBER: _ClassVar[int]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.NetworkPolicy
    vm_name: str
    vm_uid: str
    def __init__(self, vm_uid: _Optional[str] = ..., vm_name: _Optional[str] = ..., policy: _Optional[_Union[_policy_pb2.NetworkPolicy, _Mapping]] = ...) -> None: ...

class CheckPolicyResponse(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class DeleteNatRuleRequest(_message.Message):
    __slots__ = ["ipv4_address", "tap"]
    IPV4_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TAP_FIELD_NUMBER: _ClassVar[int]
    ipv4_address: str
    tap: str
    def __init__(self, ipv4_address: _Optional[str] = ..., tap: _Optional[str] = ...) -> None: ...

class DeleteNatRuleResponse(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class EnsureAttachmentRequest(_message.Message):
    __slots__ = ["ipv4_address", "mac_address", "nat", "owner_uid", "policy", "validate_only", "vm_name", "vm_uid"]
    IPV4_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    NAT_FIELD_NUMBER: _ClassVar[int]
    OWNER_UID_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VM_NAME_FIELD_NUMBER: _ClassVar[int]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    ipv4_address: str
    mac_address: str
    nat: bool
    owner_uid: int
    policy: _policy_pb2.NetworkPolicy
    validate_only: bool
    vm_name: str
    vm_uid: str
    def __init__(self, vm_uid: _Optional[str] = ..., vm_name: _Optional[str] = ..., owner_uid: _Optional[int] = ..., nat: bool = ..., ipv4_address: _Optional[str] = ..., mac_address: _Optional[str] = ..., validate_only: bool = ..., policy: _Optional[_Union[_policy_pb2.NetworkPolicy, _Mapping]] = ...) -> None: ...

class EnsureAttachmentResponse(_message.Message):
    __slots__ = ["attachment"]
    ATTACHMENT_FIELD_NUMBER: _ClassVar[int]
    attachment: Attachment
    def __init__(self, attachment: _Optional[_Union[Attachment, _Mapping]] = ...) -> None: ...

class GetAttachmentRequest(_message.Message):
    __slots__ = ["vm_uid"]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    def __init__(self, vm_uid: _Optional[str] = ...) -> None: ...

class GetAttachmentResponse(_message.Message):
    __slots__ = ["attachment"]
    ATTACHMENT_FIELD_NUMBER: _ClassVar[int]
    attachment: Attachment
    def __init__(self, attachment: _Optional[_Union[Attachment, _Mapping]] = ...) -> None: ...

class GetNetworkRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetNetworkResponse(_message.Message):
    __slots__ = ["free_count", "gateway", "ipv4_pool", "ipv6_gateway", "ipv6_pool", "nft_table", "repair_count", "repairs"]
    FREE_COUNT_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    IPV4_POOL_FIELD_NUMBER: _ClassVar[int]
    IPV6_GATEWAY_FIELD_NUMBER: _ClassVar[int]
    IPV6_POOL_FIELD_NUMBER: _ClassVar[int]
    NFT_TABLE_FIELD_NUMBER: _ClassVar[int]
    REPAIRS_FIELD_NUMBER: _ClassVar[int]
    REPAIR_COUNT_FIELD_NUMBER: _ClassVar[int]
    free_count: int
    gateway: str
    ipv4_pool: str
    ipv6_gateway: str
    ipv6_pool: str
    nft_table: str
    repair_count: int
    repairs: _containers.RepeatedCompositeFieldContainer[Repair]
    def __init__(self, ipv4_pool: _Optional[str] = ..., gateway: _Optional[str] = ..., free_count: _Optional[int] = ..., nft_table: _Optional[str] = ..., ipv6_pool: _Optional[str] = ..., ipv6_gateway: _Optional[str] = ..., repairs: _Optional[_Iterable[_Union[Repair, _Mapping]]] = ..., repair_count: _Optional[int] = ...) -> None: ...

class GuestDomains(_message.Message):
    __slots__ = ["domains", "guest_addresses"]
    DOMAINS_FIELD_NUMBER: _ClassVar[int]
    GUEST_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    domains: _containers.RepeatedScalarFieldContainer[str]
    guest_addresses: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, guest_addresses: _Optional[_Iterable[str]] = ..., domains: _Optional[_Iterable[str]] = ...) -> None: ...

class ListAttachmentsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ListAttachmentsResponse(_message.Message):
    __slots__ = ["attachments"]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    def __init__(self, attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ...) -> None: ...

class PutNatRuleRequest(_message.Message):
    __slots__ = ["ipv4_address", "tap"]
    IPV4_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TAP_FIELD_NUMBER: _ClassVar[int]
    ipv4_address: str
    tap: str
    def __init__(self, ipv4_address: _Optional[str] = ..., tap: _Optional[str] = ...) -> None: ...

class PutNatRuleResponse(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ReleaseAttachmentRequest(_message.Message):
    __slots__ = ["vm_uid"]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    def __init__(self, vm_uid: _Optional[str] = ...) -> None: ...

class ReleaseAttachmentResponse(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Repair(_message.Message):
    __slots__ = ["time", "what"]
    TIME_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    what: str
    def __init__(self, time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., what: _Optional[str] = ...) -> None: ...

class SetNatRequest(_message.Message):
    __slots__ = ["nat", "vm_uid"]
    NAT_FIELD_NUMBER: _ClassVar[int]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    nat: bool
    vm_uid: str
    def __init__(self, vm_uid: _Optional[str] = ..., nat: bool = ...) -> None: ...

class SetNatResponse(_message.Message):
    __slots__ = ["attachment"]
    ATTACHMENT_FIELD_NUMBER: _ClassVar[int]
    attachment: Attachment
    def __init__(self, attachment: _Optional[_Union[Attachment, _Mapping]] = ...) -> None: ...

class SetPolicyRequest(_message.Message):
    __slots__ = ["policy", "vm_uid"]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.NetworkPolicy
    vm_uid: str
    def __init__(self, vm_uid: _Optional[str] = ..., policy: _Optional[_Union[_policy_pb2.NetworkPolicy, _Mapping]] = ...) -> None: ...

class SetPolicyResponse(_message.Message):
    __slots__ = ["attachment"]
    ATTACHMENT_FIELD_NUMBER: _ClassVar[int]
    attachment: Attachment
    def __init__(self, attachment: _Optional[_Union[Attachment, _Mapping]] = ...) -> None: ...

class WatchDomainsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class WatchDomainsResponse(_message.Message):
    __slots__ = ["guests"]
    GUESTS_FIELD_NUMBER: _ClassVar[int]
    guests: _containers.RepeatedCompositeFieldContainer[GuestDomains]
    def __init__(self, guests: _Optional[_Iterable[_Union[GuestDomains, _Mapping]]] = ...) -> None: ...
