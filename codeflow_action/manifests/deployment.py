"""What is deployed: Compose, Kubernetes and Terraform. Templates are not expanded."""

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.containers import image
from codeflow_action.manifests.line_formats import numbered_lines
from codeflow_action.manifests.package import Hint, Listing, Package

# https://docs.docker.com/reference/compose-file/services/#image
_IMAGE = regex(r"""\s*(?:-\s*)?image:\s*["']?([^\s"'#]+)""")
# Every Kubernetes object has both fields, and resources list them in this order:
# https://kubernetes.io/docs/concepts/overview/working-with-objects/#required-fields
_KIND = regex(r"kind:\s*([A-Z]\w+)\s*$")
_API = regex(r"""apiVersion:\s*["']?([\w./-]+)""")
# https://developer.hashicorp.com/terraform/language/syntax/configuration
_HCL = regex(r"""\s*(resource|data|provider)\s+"([a-z][\w-]*)\"""")
_HCL_SOURCE = regex(r"""\s*source\s*=\s*"([\w./-]+)\"""")


def read_compose(text: str) -> Listing:
    """Read the images of a compose file. A service without an image is built here."""
    matches = ((number, _IMAGE.match(line)) for number, line in numbered_lines(text))
    return Listing(packages=tuple(image(match[1], number) for number, match in matches if match))


def read_kubernetes(text: str) -> Listing:
    """Read resources as `group/version/Kind`, and their images. Other YAML says nothing."""
    api = ""
    images: list[Package] = []
    hints: list[Hint] = []
    for number, line in numbered_lines(text):
        if match := _API.match(line):
            api = match[1]
        elif api and (match := _KIND.match(line)):
            hints.append(Hint("kubernetes", f"{api}/{match[1]}", number))
        elif match := _IMAGE.match(line):
            images.append(image(match[1], number))
    return Listing(packages=tuple(images if hints else ()), hints=tuple(hints))


def read_terraform(text: str) -> Listing:
    """Read resource types, and providers as `provider:name` and as their source."""
    hints: list[Hint] = []
    for number, line in numbered_lines(text):
        if match := _HCL.match(line):
            provider = match[2].partition("_")[0]
            hints.append(Hint("terraform", f"provider:{provider}", number))
            hints.append(Hint("terraform", match[2], number))
        elif match := _HCL_SOURCE.match(line):
            hints.append(Hint("terraform", match[1], number))
    return Listing(hints=tuple(hints))
