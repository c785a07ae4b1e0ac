"""The reports beside this file, as tools would have written them."""

from pathlib import Path

from tests.integrations.reports.project import AWS_ID, AWS_KEY

HERE = Path(__file__).parent
SARIF = sorted([*(HERE / "made").glob("*.sarif"), *(HERE / "by_hand").glob("*.sarif")])
COVERAGE = sorted((HERE / "coverage").iterdir())


def sarif(name: str) -> bytes:
    """Return a report with the made-up secret where the tool had it."""
    (path,) = (path for path in SARIF if path.stem == name)
    return (
        path.read_bytes()
        .replace(b"@AWS_ID@", AWS_ID.encode())
        .replace(b"@AWS_KEY@", AWS_KEY.encode())
    )
