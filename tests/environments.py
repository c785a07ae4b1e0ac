"""Environments of their own, into which packages are installed as pip does it; no network."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ROOT / "tests" / "plugins"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input")
OFFLINE = ("--no-deps", "--no-index")


def pip(*arguments: object) -> None:
    done = subprocess.run([*PIP, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def build_wheel(folder: Path) -> Path:
    """Return the wheel as it is published."""
    pip("wheel", "--no-build-isolation", *OFFLINE, "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def copy_plugins(folder: Path) -> list[Path]:
    """Return the plug-ins' sources in a new folder: a build leaves a folder beside its sources."""
    return [shutil.copytree(source, folder / source.name) for source in PLUGINS.iterdir()]


def install_into(site: Path, *packages: Path) -> None:
    """Install packages into a folder that becomes a `PYTHONPATH`."""
    pip("install", *OFFLINE, "--no-build-isolation", "--target", site, *packages)


def make_environment(place: Path, *packages: Path) -> Path:
    """Return the folder of programs: the dependencies are this environment's, we are not."""
    venv.create(place, with_pip=False, symlinks=True)
    (site,) = place.glob("lib/python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    programs = place / "bin"
    # `--python` has pip look at the dependencies, too, and so at the package that is tested here.
    install = ("--python", programs / "python", "install", "--no-build-isolation", *OFFLINE)
    pip(*install, "--force-reinstall", *packages)
    (programs / "zizmor").symlink_to(Path(sys.executable).with_name("zizmor"))
    return programs
