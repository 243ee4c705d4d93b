"""`pip install .` for tests: from the package in this directory into ROOM, without an index.

python install.py ROOM

Only the packing is ours, so that the proof needs no network; pip checks and installs the wheel.
"""

import base64
import hashlib
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any


def packed(package: Path, into: Path) -> Path:
    """A wheel of *package*, as its `pyproject.toml` describes it."""
    described = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))
    project = described["project"]
    modules = described["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    about = f"{stem}.dist-info"
    files = {module: (package / module).read_text("utf-8") for module in modules} | {
        f"{about}/METADATA": metadata(project),
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/entry_points.txt": entry_points(project["entry-points"]),
    }
    record = "".join(f"{name},{digest(text)},\n" for name, text in files.items())
    wheel = into / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (files | {f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}).items():
            archive.writestr(name, text)
    return wheel


def metadata(project: dict[str, Any]) -> str:
    needs = "".join(f"Requires-Dist: {one}\n" for one in project["dependencies"])
    return f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n{needs}"


def entry_points(groups: dict[str, dict[str, str]]) -> str:
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in groups.items()
    )


def digest(text: str) -> str:
    """As a wheel's RECORD writes it."""
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def main(room: str) -> int:
    with tempfile.TemporaryDirectory() as bench:
        wheel = packed(Path.cwd(), Path(bench))
        options = ["--quiet", "--no-index", "--no-deps", "--upgrade", "--target", room]
        return subprocess.call([sys.executable, "-m", "pip", "install", *options, wheel])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
