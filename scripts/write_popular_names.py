"""Write the names of popular packages, with their licences, from two published archives.

    pip download --no-deps guarddog==3.2.0 && npm pack npm-high-impact@1.13.0
    python -m scripts.write_popular_names FOLDER

`FOLDER` holds both. The order is theirs, the most popular first where they say so.
"""

import gzip
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

_TARGET = Path("codeflow_action/actions/quality_gates/dependencies/popular")
_RESOURCES = "guarddog/analyzer/metadata/resources/top_{}_packages.json"
_LISTED = re.compile(r"^\s+'([^'@]+)',?$", re.MULTILINE)  # scoped names cannot be taken by others


def _write(name: str, names: Iterable[str]) -> None:
    text = "\n".join(dict.fromkeys(names)) + "\n"
    packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)  # the same bytes every time
    (_TARGET / f"{name}.txt.gz").write_bytes(packed)


def main(folder: Path) -> None:
    """Write the lists and NOTICES.txt."""
    with zipfile.ZipFile(next(folder.glob("guarddog-*.whl"))) as wheel:
        lists = {name: _listed(wheel, name) for name in ("npm", "pypi", "go", "rubygems")}
        terms = [_ending(wheel, "licenses/NOTICE"), _ending(wheel, "licenses/LICENSE")]
    with tarfile.open(next(folder.glob("npm-high-impact-*.tgz"))) as archive:
        impact = _member(archive, "package/lib/top.js")
        terms.insert(1, _member(archive, "package/license"))
    npm = [*lists["npm"], *_LISTED.findall(impact)]
    _write("npm", (name for name in npm if not name.startswith("@")))
    _write("pypi", (re.sub(r"[-_.]+", "-", name).lower() for name in lists["pypi"]))
    _write("go", lists["go"])
    _write("rubygems", lists["rubygems"])
    said = "These lists are taken from guarddog (Apache-2.0) and npm-high-impact (MIT)."
    rule = f"\n\n{'-' * 80}\n\n"
    text = rule.join(part.strip() for part in (said, *terms))
    (_TARGET / "NOTICES.txt").write_text(f"{text}\n", encoding="utf-8")


def _listed(wheel: zipfile.ZipFile, name: str) -> list[str]:
    found: list[str] = json.loads(wheel.read(_RESOURCES.format(name)))["packages"]
    return found


def _ending(wheel: zipfile.ZipFile, end: str) -> str:
    return wheel.read(next(name for name in wheel.namelist() if name.endswith(end))).decode()


def _member(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(name)
    return file.read().decode() if file else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
