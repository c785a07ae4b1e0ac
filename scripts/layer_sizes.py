"""How much of an image is downloaded beside its base: `python3 scripts/layer_sizes.py IMAGE BASE`.

Both are archives of `docker save` or `podman save --format oci-archive`. Prints the size in
megabytes of the layers that the image adds, compressed as registries keep them, and ends with 1
where it is above the limit.
"""

import json
import sys
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

MAX_MEGABYTES = 150  # 137 were measured: benchmarks/README.md
_CHUNK = 1 << 20  # bytes
_GZIP_LEVEL = 6  # what container engines take when they push


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer: `name` is the digest of its content without compression, `size` in bytes."""

    name: str
    size: int


def layers(archive: tarfile.TarFile) -> Iterator[Layer]:
    """Yield an image's layers, from the base up. Raises `KeyError` where it is no OCI archive.

    https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
    """
    manifest = json.load(_open(archive, "index.json"))
    while "manifests" in manifest:
        # Beside images of platforms there may be attestations, whose platform is "unknown".
        manifest = json.load(
            next(
                _open_blob(archive, entry)
                for entry in manifest["manifests"]
                if entry.get("platform", {}).get("os") != "unknown"
            )
        )
    names = json.load(_open_blob(archive, manifest["config"]))["rootfs"]["diff_ids"]
    for name, blob in zip(names, manifest["layers"], strict=True):
        # An engine may keep layers as they were unpacked.
        is_compressed = blob["mediaType"].endswith(("gzip", "zstd"))
        size = blob["size"] if is_compressed else _compressed_size(_open_blob(archive, blob))
        yield Layer(name=name, size=size)


def added_size(image: Sequence[Layer], base: Sequence[Layer]) -> int:
    """Return the bytes of the layers that the image has and its base has not.

    Raises `ValueError` where the image does not begin with all layers of the base.
    """
    names = [layer.name for layer in base]
    if [layer.name for layer in image[: len(names)]] != names:
        raise ValueError("the image was built on another base")
    return sum(layer.size for layer in image[len(names) :])


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _open_blob(archive: tarfile.TarFile, blob: dict[str, Any]) -> IO[bytes]:
    return _open(archive, f"blobs/{blob['digest'].replace(':', '/')}")


def _compressed_size(file: IO[bytes]) -> int:
    compressor, size = zlib.compressobj(_GZIP_LEVEL), 0
    while chunk := file.read(_CHUNK):
        size += len(compressor.compress(chunk))
    return size + len(compressor.flush())


def main(arguments: Sequence[str]) -> int:
    """Print the size; 1 when it is above the limit, 2 for wrong arguments or archives."""
    try:
        image, base = (Path(argument) for argument in arguments)
        with tarfile.open(image) as image_archive, tarfile.open(base) as base_archive:
            size = added_size(tuple(layers(image_archive)), tuple(layers(base_archive)))
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        sys.stderr.write(f"layer_sizes: name two archives of images: {error}\n")
        return 2
    megabytes = round(size / 1e6, 1)
    sys.stdout.write(f"{megabytes} MB, of at most {MAX_MEGABYTES} MB\n")
    return 0 if megabytes <= MAX_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
