"""The data files behind a catalog: read lazily from `resources/catalog`, or from a blob pinned in a project."""

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

import resources
from models.words import Text

FOLDER = Path(resources.__file__).parent / "catalog"


class Folder(Mapping[str, bytes]):
    """The JSON files of a folder by name, read when asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> bytes:
        path = self._folder / name
        if not path.is_file():
            raise KeyError(name)
        return path.read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.name for path in self._folder.glob("*.json")))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def digest(files: Mapping[str, bytes], overlay: bytes) -> str:
    """Return 32 hexadecimal digits that name the content of all files and of the overlay rows."""
    state = hashlib.blake2b(digest_size=16)
    for name in sorted(files):
        content = files[name]
        state.update(f"{name}:{len(content)}:".encode())
        state.update(content)
    state.update(overlay)
    return state.hexdigest()


def pack(files: Mapping[str, bytes], overlay: bytes) -> bytes:
    """Return one compressed blob of all files and the overlay rows (JSON), to be pinned in a project."""
    content = {"files": {name: files[name] for name in sorted(files)}, "overlay": overlay}
    return zlib.compress(msgspec.msgpack.encode(content), 6)


class _Packed(msgspec.Struct):
    files: dict[str, bytes]
    overlay: bytes


def unpack(blob: bytes) -> tuple[dict[str, bytes], bytes]:
    """Return (files, overlay rows as JSON) of a blob made by `pack`.

    Raises:
        ValueError: the blob is damaged or not a catalog.
    """
    try:
        packed = msgspec.msgpack.decode(zlib.decompress(blob), type=_Packed)
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(
            Text("The price catalog kept in this project cannot be read ({error}).", error=str(error))
        ) from error
    return packed.files, packed.overlay
