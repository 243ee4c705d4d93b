"""Peers live in environments of their own, locked by ``peers/<name>.lock`` and built on demand."""

import asyncio
import hashlib
import os
import shutil
import sys
from pathlib import Path

from harness import CannotRun

PEERS = Path(__file__).parent / "peers"
CACHE = Path(os.environ.get("HOMEROOM_BENCH_ENVS", Path(__file__).parents[2] / ".bench-envs"))


def lock_of(name: str) -> Path:
    return PEERS / f"{name}.lock"


def versions() -> dict[str, str]:
    """The versions that every peer's lock pins first: the peers themselves."""
    pinned: dict[str, str] = {}
    for lock in sorted(PEERS.glob("*.lock")):
        lines = (line.partition("==") for line in lock.read_text().splitlines())
        pinned |= {f"{lock.stem}/{name}": version for name, _, version in lines if version}
    return pinned


async def python_of(name: str) -> str:
    """The interpreter of a peer's environment. Raises `CannotRun` with what pip said."""
    lock = lock_of(name)
    if not lock.exists():
        raise CannotRun(f"{name} has no lock file")
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    home = CACHE / f"{name}-{digest}"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        await _run(name, sys.executable, "-m", "venv", str(home))
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps"]
        await _run(name, *pip, "-r", str(lock))
        (home / "complete").touch()
    return str(home / "bin" / "python")


async def _run(name: str, *command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        words = errors.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise CannotRun(f"{name} will not install: {words[-1]}")
