#!/usr/bin/env python3
"""Check the walls of the house: who includes whom under src/, and that no file grew into several ideas.

Usage: walls.py [ROOT]

What is permitted is read from src/CMakeLists.txt, which the build follows too: a module includes the public headers of
the modules in its USES list and of those that they use, its own headers, and of the libraries only those in its
LIBRARIES and PRIVATE_LIBRARIES lists, or in the LIBRARIES of a module that it uses. The compiler sees a wrong include of a
module that is not on the include path; it does not see a path with '..', a system header of Debian's, a list that names
more than is used, or a circle.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

LINES_MAX = 800
SIZED = {".cc", ".h", ".py"}
SIZED_FOLDERS = ("src", "tests", "bench", "cmake", "examples")
PROGRAM = "main.cc"  # what links the last module
# How the headers of each library begin.
LIBRARY_HEADERS = {
    "nlohmann_json::nlohmann_json": ("nlohmann/",),
    "yaml-cpp": ("yaml-cpp/",),
    "spdlog::spdlog": ("spdlog/", "fmt/"),
    "OpenSSL::Crypto": ("openssl/",),
    "OpenSSL::SSL": ("openssl/",),
    "duckdb": ("duckdb",),
    "SQLite::SQLite3": ("sqlite3",),
    "libpq_headers": ("libpq", "postgres"),
    "onnxruntime_headers": ("onnxruntime",),
    "lightgbm_headers": ("LightGBM/",),
    "ZLIB::ZLIB": ("zlib.h",),
    "Boost::headers": ("boost/",),
    "CLI11::CLI11": ("CLI/",),
    "libedit": ("histedit.h", "editline/"),
    "Threads::Threads": (),
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.M)


@dataclass
class Module:
    name: str
    uses: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    private_libraries: list[str] = field(default_factory=list)


@dataclass
class Include:
    file: Path  # from the root
    line: int
    quoted: str  # the text between quotation marks, or empty
    system: str  # the text between angle brackets, or empty


def read_modules(text: str) -> dict[str, Module]:
    """The tarn_module() calls of src/CMakeLists.txt, in their order."""
    modules = {}
    for call in re.findall(r"\btarn_module\(([^)]*)\)", re.sub(r"#.*", "", text)):
        name, *words = call.split()
        module = modules[name] = Module(name)
        lists = {"USES": module.uses, "LIBRARIES": module.libraries, "PRIVATE_LIBRARIES": module.private_libraries}
        into: list[str] = []
        for word in words:
            if word in lists:
                into = lists[word]
            else:
                into.append(word)
    return modules


def closure(modules: dict[str, Module], name: str) -> set[str]:
    """What a module may use: its list, and what those use."""
    found: set[str] = set()
    waiting = list(modules[name].uses)
    while waiting:
        used = waiting.pop()
        if used not in found and used in modules:
            found.add(used)
            waiting += modules[used].uses
    return found


def read_includes(root: Path) -> list[Include]:
    found = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".cc", ".h"):
            continue
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Include(path.relative_to(root), line, match[1] or "", match[2] or ""))
    return found


class Walls:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules = read_modules((root / "src" / "CMakeLists.txt").read_text())
        self.permitted = {name: closure(self.modules, name) for name in self.modules}
        self.problems: list[str] = []
        self.used: dict[str, set[str]] = {name: set() for name in self.modules}
        self.graph: dict[Path, list[Path]] = {}

    def check(self) -> list[str]:
        self.check_order()
        for include in read_includes(self.root):
            self.check_include(include)
        self.check_lists()
        self.check_circles()
        self.check_sizes()
        return self.problems

    def check_order(self) -> None:
        """Each module is listed below those that it uses, so that they form no circle; the tour tells the same order."""
        seen: set[str] = set()
        for name, module in self.modules.items():
            for used in module.uses:
                if used not in self.modules:
                    self.problems.append(f"src/CMakeLists.txt: {name} USES {used}, which is no module")
                elif used not in seen:
                    self.problems.append(f"src/CMakeLists.txt: {name} USES {used}, which is not above it")
            for library in module.libraries + module.private_libraries:
                if library not in LIBRARY_HEADERS:
                    self.problems.append(f"src/CMakeLists.txt: {name} links {library}, whose headers cmake/walls.py "
                                         "does not know: add it to LIBRARY_HEADERS")
            seen.add(name)
        folders = {path.name for path in (self.root / "src").iterdir() if path.is_dir()}
        for name in sorted(folders - seen):
            self.problems.append(f"src/{name}: a folder that is no module of src/CMakeLists.txt")
        tour = re.findall(r"^\| `(\w+)` \|", (self.root / "src" / "README.md").read_text(), re.M)
        if tour != list(self.modules):
            wrong = next((a or b for a, b in zip_longest(tour, self.modules) if a != b), "")
            self.problems.append(f"src/README.md: its modules are not those of src/CMakeLists.txt in their order, from {wrong} on")

    def check_include(self, include: Include) -> None:
        place = f"{include.file}:{include.line}"
        module = include.file.parts[1]
        if module == PROGRAM:
            if include.quoted and "detail" in Path(include.quoted).parts:
                self.problems.append(f"{place}: \"{include.quoted}\" is private to its module")
            return
        if module not in self.modules:
            return
        if include.system:
            self.check_library(place, module, include.system)
            return
        target = self.resolve(include, module)
        if target is None:
            self.problems.append(f"{place}: \"{include.quoted}\" is no header of {module} and no public header of another module")
            return
        self.graph.setdefault(include.file, []).append(target)
        other = target.parts[1]
        if other == module:
            return
        self.used[module].add(other)
        if other not in self.permitted[module]:
            self.problems.append(f"{place}: {module} may not include {other}: it is not in its USES list in src/CMakeLists.txt, "
                                 "nor used by what is")
        elif len(target.parts) != 3:
            self.problems.append(f"{place}: \"{include.quoted}\" is private to {other}")

    def resolve(self, include: Include, module: str) -> Path | None:
        """The file in quotation marks: beside the file, in its module, or public in another; from the root."""
        source = self.root / "src"
        for folder in (self.root / include.file.parent, source / module, source):
            path = (folder / include.quoted).resolve()
            if path.is_file() and path.is_relative_to(source.resolve()):
                return path.relative_to(self.root.resolve())
        return None

    def check_library(self, place: str, module: str, header: str) -> None:
        owners = [library for library, starts in LIBRARY_HEADERS.items() if header.startswith(starts or ("\0",))]
        mine = set(self.modules[module].libraries + self.modules[module].private_libraries)
        for used in self.permitted[module]:
            mine |= set(self.modules[used].libraries)
        if owners and not mine & set(owners):
            self.problems.append(f"{place}: {module} may not include <{header}>: {owners[0]} is not among its libraries in "
                                 "src/CMakeLists.txt")

    def check_lists(self) -> None:
        """A list says what is used, itself or for those that are built on the module, and nothing else."""
        for name, module in self.modules.items():
            for listed in module.uses:
                reached = {listed} | self.permitted.get(listed, set())
                others = {used for other in module.uses if other != listed
                          for used in {other} | self.permitted.get(other, set())}
                needed = listed in self.used[name] or (reached - others) & self.used[name]
                if listed in self.modules and not needed:
                    self.problems.append(f"src/CMakeLists.txt: {name} USES {listed}, but includes nothing of it")

    def check_circles(self) -> None:
        """No header includes itself through others."""
        done: set[Path] = set()

        def visit(file: Path, path: list[Path]) -> None:
            if file in path:
                circle = [*path[path.index(file):], file]
                self.problems.append("a circle of includes: " + " -> ".join(map(str, circle)))
                return
            if file in done:
                return
            for target in self.graph.get(file, []):
                visit(target, [*path, file])
            done.add(file)

        for file in sorted(self.graph):
            visit(file, [])

    def check_sizes(self) -> None:
        for folder in SIZED_FOLDERS:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix not in SIZED or not path.is_file():
                    continue
                lines = path.read_bytes().count(b"\n")
                if lines > LINES_MAX:
                    self.problems.append(f"{path.relative_to(self.root)}: {lines} lines, more than {LINES_MAX}; which idea in it "
                                         "deserves a file of its own?")


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    walls = Walls(root)
    problems = walls.check()
    for problem in problems:
        print(problem)
    edges = sum(map(len, walls.used.values()))
    print(f"walls: {len(walls.modules)} modules, {edges} edges between them, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
