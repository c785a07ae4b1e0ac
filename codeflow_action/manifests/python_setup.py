"""Python's older files: setup.cfg, setup.py, Pipfile, and Conda's environment.yml."""

import re

from codeflow_action.manifests import toml_text
from codeflow_action.manifests.lines import numbered
from codeflow_action.manifests.package import Listing, Mention, Package, mapping
from codeflow_action.manifests.python import of_table, requirement

_WANTED = re.compile(r"\s*[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:$|[\[<>=!~;@,( ])")
_QUOTED = re.compile(r"""["']([^"'\n]{1,200})["']""")
_LISTS = re.compile(
    r"(?:install_requires|extras_require|tests_require|setup_requires|requirements?)\w*\s*[=:]"
)
_LONGEST_LIST = 200  # lines, should it not be closed


def _asked_for(text: str, line: int) -> list[Package]:
    """Return the requirement that a text is, in a list; an empty one for other texts."""
    bare = text.partition("#")[0].rstrip()
    found = requirement(bare, (line, line)) if _WANTED.match(bare) else None
    return [found] if found else []


def read_conda(text: str) -> Listing:
    """Read what stands in the lists of an environment.yml, pip's among them, as Python's."""
    packages: list[Package] = []
    for number, line in numbered(text):
        if (item := line.strip()).startswith("- "):
            packages += _asked_for(item[2:].split("::")[-1], number)
    return Listing(packages=tuple(packages))


def read_setup_cfg(text: str) -> Listing:
    """Read a setup.cfg; its sections are mentioned as `setup.cfg`."""
    packages: list[Package] = []
    mentions: list[Mention] = []
    section, key = "", ""
    for number, line in numbered(text):
        value = line
        if line.startswith("["):
            section, key = line.strip().strip("[]"), ""
            mentions.append(Mention("setup.cfg", section, number))
        elif line[:1].strip():
            key, _, value = line.partition("=")
        if _holds_requirements(section, key.strip()):
            packages += _asked_for(value, number)
    return Listing(packages=tuple(packages), mentions=tuple(mentions))


def _holds_requirements(section: str, key: str) -> bool:
    if section == "options":
        return key.endswith("_requires") and key != "python_requires"
    return section == "options.extras_require"


def read_setup_py(text: str) -> Listing:
    """Read quoted requirements of the usual lists of a setup.py, which is never run."""
    packages: list[Package] = []
    inside = 0
    for number, line in numbered(text):
        if _LISTS.search(line):
            inside = _LONGEST_LIST
        if not inside:
            continue
        for quoted in _QUOTED.findall(line):
            packages += _asked_for(quoted, number)
        closed = line.strip()[:1] in ("]", ")", "}") or line.rstrip().endswith(("],", "]"))
        inside = 0 if closed else inside - 1
    return Listing(packages=tuple(packages))


def read_pipfile(text: str) -> Listing:
    """Read a Pipfile."""
    document = toml_text.parse(text)
    outline = toml_text.Outline(text)
    return Listing(
        packages=tuple(
            of_table(name, wanted, outline.key(section, name))
            for section in ("packages", "dev-packages")
            for name, wanted in mapping(document.get(section)).items()
        )
    )
