"""Draws what CodeFlow posts, as GitHub shows it: `make pictures`.

Usage: `python -m scripts.draw_pictures CSS [NAME ...]`. CSS is the folder of the npm package
`github-markdown-css`. Every text in `golden/` folders of the tests is drawn by Chromium, light,
dark and narrow (a telephone's 420 pixels), into `docs/images/`, and as `demo` what the demo has
posted: its first comment on the diff, and the comment. Names limit it to these texts. The page has
a doctype: without one a browser draws as browsers did in 1998. ImageMagick cuts it.
"""

import html
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cmarkgfm.cmark import (  # type: ignore[import-untyped]
    Options,
    markdown_to_html_with_extensions,
)

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS
_EXTENSIONS = ["table", "autolink", "strikethrough", "tagfilter", "tasklist"]
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_MOST_HEIGHT = 4_000  # pixels of a page that is drawn at all
_COLOURS = 96  # of a picture: with fewer a block of code loses its ground; each costs bytes


@dataclass(frozen=True, kw_only=True)
class View:
    """One way to look at a text."""

    name: str
    stylesheet: str
    width: int
    background: str


VIEWS = (
    View(name="light", stylesheet="github-markdown-light.css", width=800, background="#ffffff"),
    View(name="dark", stylesheet="github-markdown-dark.css", width=800, background="#0d1117"),
    View(name="narrow", stylesheet="github-markdown-light.css", width=420, background="#ffffff"),
)


def main(arguments: list[str]) -> None:
    """Draw the pictures."""
    css, names = Path(arguments[0]), set(arguments[1:])
    goldens = sorted(ROOT.glob("tests/**/golden/*.md"))
    texts = {path.stem: path.read_text(encoding="utf-8") for path in goldens}
    if not names or "demo" in names:
        texts["demo"] = demo_text()
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        if names and name not in names:
            continue
        for view in VIEWS:
            target = IMAGES / f"{name}-{view.name}.png"
            draw(page(text, css, view), view, target)
            print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")  # noqa: T201


def demo_text() -> str:
    """Return what the demo has posted of a model's remark, and its comment."""
    with tempfile.TemporaryDirectory() as folder:
        codeflow = Path(sys.executable).with_name("codeflow")
        run(str(codeflow), "demo", "--output", folder)
        _head, remark, *_others = (Path(folder) / "review.md").read_text().split("\n---\n")
        comment = (Path(folder) / "sticky-comment.md").read_text()
    return f"{remark}\n---\n\n{comment}"


def page(text: str, css: Path, view: View) -> str:
    """Return the document that shows a text as GitHub does in this view."""
    body = markdown_to_html_with_extensions(text, options=_OPTIONS, extensions=_EXTENSIONS)
    style = (css / view.stylesheet).read_text(encoding="utf-8")
    # GitHub keeps its own frame around a comment; the room inside is 16 pixels less on each side.
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<title>{html.escape(view.name)}</title><style>{style}\n"
        f"html {{background: {view.background}}} body {{margin: 0; padding: 16px}}"
        ".markdown-body {font-size: 14px}</style></head>"
        f"<body class='markdown-body'>{body}</body></html>\n"
    )


def draw(document: str, view: View, target: Path) -> None:
    """Draw a document, no higher than its content, with few colours."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"none of {', '.join(_BROWSERS)} is there: install Chromium")
    with tempfile.TemporaryDirectory() as folder:
        source, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        # A window is never as narrow as a telephone (500 pixels at least): a frame is.
        source.write_text(document, encoding="utf-8")
        frame = Path(folder) / "frame.html"
        frame.write_text(
            f"<!doctype html><html><body style='margin:0;background:{view.background}'>"
            f"<iframe src='page.html' style='border:0;width:{view.width}px;"
            f"height:{_MOST_HEIGHT}px'></iframe></body></html>"
        )
        run(
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder}/profile", f"--screenshot={picture}",
            f"--window-size={max(view.width, 500)},{_MOST_HEIGHT}", frame.as_uri(),
        )  # fmt: skip
        colours = re.sub("#", "", view.background)
        run(
            "convert", str(picture), "-crop", f"{view.width}x{_MOST_HEIGHT}+0+0", "+repage",
            "-bordercolor", f"#{colours}", "-border", "1", "-trim", "+repage",
            "-border", "12", "-dither", "None", "-colors", str(_COLOURS),
            "-define", "png:compression-level=9", "-strip", f"PNG8:{target}",
        )  # fmt: skip


def run(*command: str) -> None:
    """Run a program, and say what it said when it fails."""
    done = subprocess.run(  # noqa: S603 - our own words
        command, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2_000:]}")


if __name__ == "__main__":
    main(sys.argv[1:])
