"""What is deployed: Compose, Kubernetes and Terraform, whose templates are not expanded."""

import re

from codeflow_action.manifests.containers import image
from codeflow_action.manifests.lines import numbered
from codeflow_action.manifests.package import Listing, Mention, Package

_IMAGE = re.compile(r"""\s*(?:-\s*)?image:\s*["']?([^\s"'#]+)""")
_KIND = re.compile(r"kind:\s*([A-Z]\w+)\s*$")
_API = re.compile(r"""apiVersion:\s*["']?([\w./-]+)""")
_HCL = re.compile(r"""\s*(resource|data|provider)\s+"([a-z][\w-]*)\"""")
_HCL_SOURCE = re.compile(r"""\s*source\s*=\s*"([\w./-]+)\"""")


def read_compose(text: str) -> Listing:
    """Read the images of a compose file; a service without one is built here."""
    found = ((number, _IMAGE.match(line)) for number, line in numbered(text))
    return Listing(packages=tuple(image(match[1], number) for number, match in found if match))


def read_kubernetes(text: str) -> Listing:
    """Read resources as `group/version/Kind`, and their images; other YAML says nothing."""
    api = ""
    images: list[Package] = []
    mentions: list[Mention] = []
    for number, line in numbered(text):
        if match := _API.match(line):
            api = match[1]
        elif api and (match := _KIND.match(line)):
            mentions.append(Mention("kubernetes", f"{api}/{match[1]}", number))
        elif match := _IMAGE.match(line):
            images.append(image(match[1], number))
    return Listing(packages=tuple(images if mentions else ()), mentions=tuple(mentions))


def read_terraform(text: str) -> Listing:
    """Read resource types, and providers as `provider:name` and as their source."""
    mentions: list[Mention] = []
    for number, line in numbered(text):
        if match := _HCL.match(line):
            provider = match[2].partition("_")[0]
            mentions.append(Mention("terraform", f"provider:{provider}", number))
            mentions.append(Mention("terraform", match[2], number))
        elif match := _HCL_SOURCE.match(line):
            mentions.append(Mention("terraform", match[1], number))
    return Listing(mentions=tuple(mentions))
