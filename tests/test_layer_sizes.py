"""What an image adds to its base, counted as a registry keeps it."""

import gzip
import hashlib
import io
import json
import random
import tarfile
from pathlib import Path

import pytest

from scripts.layer_sizes import added_size, layers, main

NOISE = random.Random(1).randbytes(10_000)  # which nothing makes smaller


def write_archive(path: Path, contents: list[bytes], *, packed: bool = True) -> Path:
    """Write an image of these layers as `docker save` does; not `packed`, as older ones do."""
    blobs: dict[str, bytes] = {}

    def blob(content: bytes, kind: str) -> dict[str, object]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        blobs[f"blobs/{digest.replace(':', '/')}"] = content
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    names = [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in contents]
    kept = [gzip.compress(content) if packed else content for content in contents]
    manifest = {
        "config": blob(json.dumps({"rootfs": {"diff_ids": names}}).encode(), "json"),
        "layers": [blob(content, "tar+gzip" if packed else "tar") for content in kept],
    }
    entry = blob(json.dumps(manifest).encode(), "json") | {"platform": {"os": "linux"}}
    attestation = blob(b"{}", "json") | {"platform": {"os": "unknown"}}
    platforms = blob(json.dumps({"manifests": [attestation, entry]}).encode(), "json")
    blobs["index.json"] = json.dumps({"manifests": [platforms]}).encode()
    with tarfile.open(path, "w") as archive:
        for name, content in blobs.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def read(path):
    with tarfile.open(path) as archive:
        return tuple(layers(archive))


@pytest.mark.parametrize("packed", [True, False])
def test_layers_above_the_base_are_counted_compressed(tmp_path, packed):
    base = write_archive(tmp_path / "base.tar", [b"base"])
    image = write_archive(tmp_path / "image.tar", [b"base", b"0" * 100_000, NOISE], packed=packed)
    assert 10_000 < added_size(read(image), read(base)) < 10_500


def test_another_base_is_no_measure(tmp_path, capsys):
    base = write_archive(tmp_path / "base.tar", [b"base", b"more"])
    image = write_archive(tmp_path / "image.tar", [b"base", b"other"])
    assert main([str(image), str(base)]) == 2
    assert "another base" in capsys.readouterr().err
    assert main([str(image)]) == 2
