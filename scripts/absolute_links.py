"""Makes a page's relative links absolute: `python3 scripts/absolute_links.py PAGE ADDRESS`.

A package index shows the README without the repository beside it. ADDRESS is that of the repository
with `/blob/` and a tag; pictures are taken from `/raw/`.
"""

import re
import sys
from pathlib import Path

_LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)\s]+)")
_PICTURE = re.compile(r'((?:src|srcset)=")(?![a-z]+:)([^"]+)')


def with_absolute_links(text: str, address: str) -> str:
    """Return a page in Markdown with all its links below that address; those within it stay."""
    address = address.rstrip("/")
    text = _LINK.sub(lambda link: f"{link[1]}{address}/{link[2]}", text)
    raw = address.replace("/blob/", "/raw/")
    return _PICTURE.sub(lambda link: f"{link[1]}{raw}/{link[2]}", text)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_absolute_links(page.read_text(), sys.argv[2]))
