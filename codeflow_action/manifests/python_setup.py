"""Python's older files: setup.cfg, setup.py, Pipfile, and Conda's environment.yml."""

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import toml_text
from codeflow_action.manifests.line_formats import numbered_lines
from codeflow_action.manifests.package import Hint, Listing, Package, mapping
from codeflow_action.manifests.python import of_table, requirement

_REQUIREMENT = regex(r"\s*[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:$|[\[<>=!~;@,( ])")
_STRING = regex(r"""["']([^"'\n]{1,200})["']""")
# https://setuptools.pypa.io/en/latest/references/keywords.html
_LISTS = regex(
    r"(?:install_requires|extras_require|tests_require|setup_requires|requirements?)\w*\s*[=:]"
)
_LONGEST_LIST = 200  # lines, should it not be closed


def _requirements(text: str, line: int) -> list[Package]:
    """Return a list of the requirement that the text is; an empty one for other texts."""
    bare = text.partition("#")[0].rstrip()
    package = requirement(bare, (line, line)) if _REQUIREMENT.match(bare) else None
    return [package] if package else []


def read_conda(text: str) -> Listing:
    """Read the lists of an environment.yml, pip's among them, as packages of Python.

    https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html
    """
    packages: list[Package] = []
    for number, line in numbered_lines(text):
        if (bare := line.strip()).startswith("- "):
            packages += _requirements(bare[2:].split("::")[-1], number)  # `channel::package`
    return Listing(packages=tuple(packages))


def read_setup_cfg(text: str) -> Listing:
    """Read a setup.cfg. Its sections are hints of the kind `setup.cfg`.

    https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
    """
    packages: list[Package] = []
    hints: list[Hint] = []
    section, key = "", ""
    for number, line in numbered_lines(text):
        value = line
        if line.startswith("["):
            section, key = line.strip().strip("[]"), ""
            hints.append(Hint("setup.cfg", section, number))
        elif line[:1].strip():
            key, _, value = line.partition("=")
        option = key.strip()
        is_list = section == "options" and option.endswith("_requires")
        # The version of Python is no package.
        if (is_list and option != "python_requires") or section == "options.extras_require":
            packages += _requirements(value, number)
    return Listing(packages=tuple(packages), hints=tuple(hints))


def read_setup_py(text: str) -> Listing:
    """Read the strings in the usual lists of a setup.py, which is never run."""
    packages: list[Package] = []
    lines_left = 0  # of the list that is open
    for number, line in numbered_lines(text):
        if _LISTS.search(line):
            lines_left = _LONGEST_LIST
        if not lines_left:
            continue
        for string in _STRING.findall(line):
            packages += _requirements(string, number)
        is_end = line.strip()[:1] in ("]", ")", "}") or line.rstrip().endswith(("],", "]"))
        lines_left = 0 if is_end else lines_left - 1
    return Listing(packages=tuple(packages))


def read_pipfile(text: str) -> Listing:
    """Read a Pipfile (https://pipenv.pypa.io/en/latest/pipfile.html)."""
    document = toml_text.parse(text)
    outline = toml_text.Outline(text)
    return Listing(
        packages=tuple(
            of_table(name, spec, outline.key(section, name))
            for section in ("packages", "dev-packages")
            for name, spec in mapping(document.get(section)).items()
        )
    )
