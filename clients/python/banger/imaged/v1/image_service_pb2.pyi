from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
IMAGE_INIT_LIGHT: ImageInit
IMAGE_INIT_SYSTEM: ImageInit
IMAGE_INIT_UNSPECIFIED: ImageInit
IMPORT_KIND_ARCHIVE: ImportKind
IMPORT_KIND_DISK: ImportKind
IMPORT_KIND_EXPORT: ImportKind
IMPORT_KIND_LAYOUT: ImportKind
IMPORT_KIND_REGISTRY: ImportKind
IMPORT_KIND_UNSPECIFIED: ImportKind
KERNEL_ENTRY_LINUX64: KernelEntry
KERNEL_ENTRY_PVH: KernelEntry
KERNEL_ENTRY_UNSPECIFIED: KernelEntry
KERNEL_PAYLOAD_GZIP: KernelPayload
KERNEL_PAYLOAD_LZ4: KernelPayload
KERNEL_PAYLOAD_NONE: KernelPayload
KERNEL_PAYLOAD_UNSPECIFIED: KernelPayload
KERNEL_PAYLOAD_XZ: KernelPayload
KERNEL_PAYLOAD_ZSTD: KernelPayload
PRUNE_REASON_CACHE: PruneReason
PRUNE_REASON_DAMAGED: PruneReason
PRUNE_REASON_UNNAMED: PruneReason
PRUNE_REASON_UNSPECIFIED: PruneReason
PRUNE_REASON_UNUSED: PruneReason

class AcquireLeaseRequest(_message.Message):
    __slots__ = ["holder", "holder_name", "image", "kernel"]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    HOLDER_NAME_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    holder: str
    holder_name: str
    image: str
    kernel: str
    def __init__(self, holder: _Optional[str] = ..., image: _Optional[str] = ..., kernel: _Optional[str] = ..., holder_name: _Optional[str] = ...) -> None: ...

class AcquireLeaseResponse(_message.Message):
    __slots__ = ["image", "initrd_format", "initrd_path", "kernel", "layer_paths", "rootfs_path", "vmlinux_path"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    INITRD_FORMAT_FIELD_NUMBER: _ClassVar[int]
    INITRD_PATH_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    LAYER_PATHS_FIELD_NUMBER: _ClassVar[int]
    ROOTFS_PATH_FIELD_NUMBER: _ClassVar[int]
    VMLINUX_PATH_FIELD_NUMBER: _ClassVar[int]
    image: Image
    initrd_format: int
    initrd_path: str
    kernel: Kernel
    layer_paths: _containers.RepeatedScalarFieldContainer[str]
    rootfs_path: str
    vmlinux_path: str
    def __init__(self, image: _Optional[_Union[Image, _Mapping]] = ..., kernel: _Optional[_Union[Kernel, _Mapping]] = ..., rootfs_path: _Optional[str] = ..., vmlinux_path: _Optional[str] = ..., initrd_path: _Optional[str] = ..., layer_paths: _Optional[_Iterable[str]] = ..., initrd_format: _Optional[int] = ...) -> None: ...

class AddLayerRequest(_message.Message):
    __slots__ = ["input_digest", "name", "parent", "path", "source"]
    INPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    input_digest: str
    name: str
    parent: str
    path: str
    source: str
    def __init__(self, name: _Optional[str] = ..., parent: _Optional[str] = ..., path: _Optional[str] = ..., source: _Optional[str] = ..., input_digest: _Optional[str] = ...) -> None: ...

class AddLayerResponse(_message.Message):
    __slots__ = ["image", "progress"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    image: Image
    progress: BuildProgress
    def __init__(self, progress: _Optional[_Union[BuildProgress, _Mapping]] = ..., image: _Optional[_Union[Image, _Mapping]] = ...) -> None: ...

class BuildImageRequest(_message.Message):
    __slots__ = ["rebuild", "recipe"]
    REBUILD_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    rebuild: bool
    recipe: str
    def __init__(self, recipe: _Optional[str] = ..., rebuild: bool = ...) -> None: ...

class BuildImageResponse(_message.Message):
    __slots__ = ["image", "progress"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    image: Image
    progress: BuildProgress
    def __init__(self, progress: _Optional[_Union[BuildProgress, _Mapping]] = ..., image: _Optional[_Union[Image, _Mapping]] = ...) -> None: ...

class BuildKernelRequest(_message.Message):
    __slots__ = ["rebuild"]
    REBUILD_FIELD_NUMBER: _ClassVar[int]
    rebuild: bool
    def __init__(self, rebuild: bool = ...) -> None: ...

class BuildKernelResponse(_message.Message):
    __slots__ = ["kernel", "progress"]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    kernel: Kernel
    progress: BuildProgress
    def __init__(self, progress: _Optional[_Union[BuildProgress, _Mapping]] = ..., kernel: _Optional[_Union[Kernel, _Mapping]] = ...) -> None: ...

class BuildProgress(_message.Message):
    __slots__ = ["detail", "done_bytes", "step", "step_count", "step_number", "total_bytes"]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    DONE_BYTES_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEP_NUMBER_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    detail: str
    done_bytes: int
    step: str
    step_count: int
    step_number: int
    total_bytes: int
    def __init__(self, step: _Optional[str] = ..., step_number: _Optional[int] = ..., step_count: _Optional[int] = ..., detail: _Optional[str] = ..., done_bytes: _Optional[int] = ..., total_bytes: _Optional[int] = ...) -> None: ...

class ContainerConfig(_message.Message):
    __slots__ = ["cmd", "entrypoint", "env", "labels", "user", "working_dir"]
    class LabelsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CMD_FIELD_NUMBER: _ClassVar[int]
    ENTRYPOINT_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    WORKING_DIR_FIELD_NUMBER: _ClassVar[int]
    cmd: _containers.RepeatedScalarFieldContainer[str]
    entrypoint: _containers.RepeatedScalarFieldContainer[str]
    env: _containers.RepeatedScalarFieldContainer[str]
    labels: _containers.ScalarMap[str, str]
    user: str
    working_dir: str
    def __init__(self, user: _Optional[str] = ..., env: _Optional[_Iterable[str]] = ..., entrypoint: _Optional[_Iterable[str]] = ..., cmd: _Optional[_Iterable[str]] = ..., working_dir: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class DeleteImageRequest(_message.Message):
    __slots__ = ["image"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: str
    def __init__(self, image: _Optional[str] = ...) -> None: ...

class DeleteImageResponse(_message.Message):
    __slots__ = ["remaining_names"]
    REMAINING_NAMES_FIELD_NUMBER: _ClassVar[int]
    remaining_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, remaining_names: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteKernelRequest(_message.Message):
    __slots__ = ["kernel"]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    kernel: str
    def __init__(self, kernel: _Optional[str] = ...) -> None: ...

class DeleteKernelResponse(_message.Message):
    __slots__ = ["default_kernel", "remaining_names", "was_default"]
    DEFAULT_KERNEL_FIELD_NUMBER: _ClassVar[int]
    REMAINING_NAMES_FIELD_NUMBER: _ClassVar[int]
    WAS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    default_kernel: Kernel
    remaining_names: _containers.RepeatedScalarFieldContainer[str]
    was_default: bool
    def __init__(self, remaining_names: _Optional[_Iterable[str]] = ..., was_default: bool = ..., default_kernel: _Optional[_Union[Kernel, _Mapping]] = ...) -> None: ...

class ExportImageRequest(_message.Message):
    __slots__ = ["image"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: str
    def __init__(self, image: _Optional[str] = ...) -> None: ...

class ExportImageResponse(_message.Message):
    __slots__ = ["data", "done_bytes", "total_bytes"]
    DATA_FIELD_NUMBER: _ClassVar[int]
    DONE_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    done_bytes: int
    total_bytes: int
    def __init__(self, data: _Optional[bytes] = ..., done_bytes: _Optional[int] = ..., total_bytes: _Optional[int] = ...) -> None: ...

class GetDefaultKernelRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetDefaultKernelResponse(_message.Message):
    __slots__ = ["chosen", "kernel"]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    chosen: bool
    kernel: Kernel
    def __init__(self, kernel: _Optional[_Union[Kernel, _Mapping]] = ..., chosen: bool = ...) -> None: ...

class GetImageRequest(_message.Message):
    __slots__ = ["image"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: str
    def __init__(self, image: _Optional[str] = ...) -> None: ...

class GetImageResponse(_message.Message):
    __slots__ = ["image", "path"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    image: Image
    path: str
    def __init__(self, image: _Optional[_Union[Image, _Mapping]] = ..., path: _Optional[str] = ...) -> None: ...

class GetKernelRequest(_message.Message):
    __slots__ = ["kernel"]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    kernel: str
    def __init__(self, kernel: _Optional[str] = ...) -> None: ...

class GetKernelResponse(_message.Message):
    __slots__ = ["initrd_format", "initrd_path", "kernel", "vmlinux_path"]
    INITRD_FORMAT_FIELD_NUMBER: _ClassVar[int]
    INITRD_PATH_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    VMLINUX_PATH_FIELD_NUMBER: _ClassVar[int]
    initrd_format: int
    initrd_path: str
    kernel: Kernel
    vmlinux_path: str
    def __init__(self, kernel: _Optional[_Union[Kernel, _Mapping]] = ..., vmlinux_path: _Optional[str] = ..., initrd_path: _Optional[str] = ..., initrd_format: _Optional[int] = ...) -> None: ...

class GetStoreUsageRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class GetStoreUsageResponse(_message.Message):
    __slots__ = ["builds", "damaged", "free_bytes", "images", "kernels"]
    BUILDS_FIELD_NUMBER: _ClassVar[int]
    DAMAGED_FIELD_NUMBER: _ClassVar[int]
    FREE_BYTES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    KERNELS_FIELD_NUMBER: _ClassVar[int]
    builds: StorePart
    damaged: StorePart
    free_bytes: int
    images: StorePart
    kernels: StorePart
    def __init__(self, images: _Optional[_Union[StorePart, _Mapping]] = ..., kernels: _Optional[_Union[StorePart, _Mapping]] = ..., damaged: _Optional[_Union[StorePart, _Mapping]] = ..., builds: _Optional[_Union[StorePart, _Mapping]] = ..., free_bytes: _Optional[int] = ...) -> None: ...

class Image(_message.Message):
    __slots__ = ["create_time", "default_user", "digest", "disk_usage_bytes", "holders", "init", "name", "names", "parent", "provenance", "shared_bytes", "size_bytes"]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_USER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DISK_USAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOLDERS_FIELD_NUMBER: _ClassVar[int]
    INIT_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    SHARED_BYTES_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    create_time: _timestamp_pb2.Timestamp
    default_user: str
    digest: str
    disk_usage_bytes: int
    holders: _containers.RepeatedScalarFieldContainer[str]
    init: ImageInit
    name: str
    names: _containers.RepeatedScalarFieldContainer[str]
    parent: str
    provenance: Provenance
    shared_bytes: int
    size_bytes: int
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., disk_usage_bytes: _Optional[int] = ..., init: _Optional[_Union[ImageInit, str]] = ..., default_user: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., holders: _Optional[_Iterable[str]] = ..., parent: _Optional[str] = ..., names: _Optional[_Iterable[str]] = ..., shared_bytes: _Optional[int] = ...) -> None: ...

class ImportImageRequest(_message.Message):
    __slots__ = ["kind", "name", "source"]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    kind: ImportKind
    name: str
    source: str
    def __init__(self, source: _Optional[str] = ..., name: _Optional[str] = ..., kind: _Optional[_Union[ImportKind, str]] = ...) -> None: ...

class ImportImageResponse(_message.Message):
    __slots__ = ["image", "progress"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    image: Image
    progress: BuildProgress
    def __init__(self, progress: _Optional[_Union[BuildProgress, _Mapping]] = ..., image: _Optional[_Union[Image, _Mapping]] = ...) -> None: ...

class ImportKernelRequest(_message.Message):
    __slots__ = ["file", "modules", "name"]
    FILE_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    file: str
    modules: str
    name: str
    def __init__(self, file: _Optional[str] = ..., name: _Optional[str] = ..., modules: _Optional[str] = ...) -> None: ...

class ImportKernelResponse(_message.Message):
    __slots__ = ["kernel", "progress"]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    kernel: Kernel
    progress: BuildProgress
    def __init__(self, progress: _Optional[_Union[BuildProgress, _Mapping]] = ..., kernel: _Optional[_Union[Kernel, _Mapping]] = ...) -> None: ...

class Kernel(_message.Message):
    __slots__ = ["create_time", "default_kernel", "digest", "entries", "holders", "initrd_bytes", "modules", "name", "names", "payload", "provenance", "release", "vmlinux_bytes"]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_KERNEL_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    HOLDERS_FIELD_NUMBER: _ClassVar[int]
    INITRD_BYTES_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    VMLINUX_BYTES_FIELD_NUMBER: _ClassVar[int]
    create_time: _timestamp_pb2.Timestamp
    default_kernel: bool
    digest: str
    entries: _containers.RepeatedScalarFieldContainer[KernelEntry]
    holders: _containers.RepeatedScalarFieldContainer[str]
    initrd_bytes: int
    modules: _containers.RepeatedScalarFieldContainer[str]
    name: str
    names: _containers.RepeatedScalarFieldContainer[str]
    payload: KernelPayload
    provenance: Provenance
    release: str
    vmlinux_bytes: int
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., release: _Optional[str] = ..., vmlinux_bytes: _Optional[int] = ..., initrd_bytes: _Optional[int] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., default_kernel: bool = ..., holders: _Optional[_Iterable[str]] = ..., names: _Optional[_Iterable[str]] = ..., entries: _Optional[_Iterable[_Union[KernelEntry, str]]] = ..., payload: _Optional[_Union[KernelPayload, str]] = ..., modules: _Optional[_Iterable[str]] = ...) -> None: ...

class ListImagesRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ListImagesResponse(_message.Message):
    __slots__ = ["images"]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedCompositeFieldContainer[Image]
    def __init__(self, images: _Optional[_Iterable[_Union[Image, _Mapping]]] = ...) -> None: ...

class ListKernelsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class ListKernelsResponse(_message.Message):
    __slots__ = ["kernels"]
    KERNELS_FIELD_NUMBER: _ClassVar[int]
    kernels: _containers.RepeatedCompositeFieldContainer[Kernel]
    def __init__(self, kernels: _Optional[_Iterable[_Union[Kernel, _Mapping]]] = ...) -> None: ...

class Provenance(_message.Message):
    __slots__ = ["container", "input_digest", "packages", "source", "suite"]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    INPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SUITE_FIELD_NUMBER: _ClassVar[int]
    container: ContainerConfig
    input_digest: str
    packages: _containers.RepeatedScalarFieldContainer[str]
    source: str
    suite: str
    def __init__(self, source: _Optional[str] = ..., suite: _Optional[str] = ..., packages: _Optional[_Iterable[str]] = ..., input_digest: _Optional[str] = ..., container: _Optional[_Union[ContainerConfig, _Mapping]] = ...) -> None: ...

class PruneImagesRequest(_message.Message):
    __slots__ = ["all", "dry_run"]
    ALL_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    all: bool
    dry_run: bool
    def __init__(self, dry_run: bool = ..., all: bool = ...) -> None: ...

class PruneImagesResponse(_message.Message):
    __slots__ = ["items"]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[PrunedItem]
    def __init__(self, items: _Optional[_Iterable[_Union[PrunedItem, _Mapping]]] = ...) -> None: ...

class PrunedItem(_message.Message):
    __slots__ = ["bytes", "digest", "reason", "what"]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    bytes: int
    digest: str
    reason: PruneReason
    what: str
    def __init__(self, reason: _Optional[_Union[PruneReason, str]] = ..., what: _Optional[str] = ..., digest: _Optional[str] = ..., bytes: _Optional[int] = ...) -> None: ...

class ReleaseLeaseRequest(_message.Message):
    __slots__ = ["holder"]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    holder: str
    def __init__(self, holder: _Optional[str] = ...) -> None: ...

class ReleaseLeaseResponse(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class SetDefaultKernelRequest(_message.Message):
    __slots__ = ["kernel"]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    kernel: str
    def __init__(self, kernel: _Optional[str] = ...) -> None: ...

class SetDefaultKernelResponse(_message.Message):
    __slots__ = ["chosen", "kernel"]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    chosen: bool
    kernel: Kernel
    def __init__(self, kernel: _Optional[_Union[Kernel, _Mapping]] = ..., chosen: bool = ...) -> None: ...

class StorePart(_message.Message):
    __slots__ = ["bytes", "count"]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    bytes: int
    count: int
    def __init__(self, count: _Optional[int] = ..., bytes: _Optional[int] = ...) -> None: ...

class TagImageRequest(_message.Message):
    __slots__ = ["force", "image", "name"]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    force: bool
    image: str
    name: str
    def __init__(self, image: _Optional[str] = ..., name: _Optional[str] = ..., force: bool = ...) -> None: ...

class TagImageResponse(_message.Message):
    __slots__ = ["image"]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: Image
    def __init__(self, image: _Optional[_Union[Image, _Mapping]] = ...) -> None: ...

class VerifiedObject(_message.Message):
    __slots__ = ["checked_bytes", "digest", "names", "problems"]
    CHECKED_BYTES_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    checked_bytes: int
    digest: str
    names: _containers.RepeatedScalarFieldContainer[str]
    problems: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ..., digest: _Optional[str] = ..., checked_bytes: _Optional[int] = ..., problems: _Optional[_Iterable[str]] = ...) -> None: ...

class VerifyImagesRequest(_message.Message):
    __slots__ = ["images"]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, images: _Optional[_Iterable[str]] = ...) -> None: ...

class VerifyImagesResponse(_message.Message):
    __slots__ = ["progress", "report"]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    progress: BuildProgress
    report: VerifyReport
    def __init__(self, progress: _Optional[_Union[BuildProgress, _Mapping]] = ..., report: _Optional[_Union[VerifyReport, _Mapping]] = ...) -> None: ...

class VerifyReport(_message.Message):
    __slots__ = ["objects"]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[VerifiedObject]
    def __init__(self, objects: _Optional[_Iterable[_Union[VerifiedObject, _Mapping]]] = ...) -> None: ...

class ImageInit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class KernelEntry(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class KernelPayload(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class ImportKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class PruneReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
