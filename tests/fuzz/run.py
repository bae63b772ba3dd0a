"""Builds the fuzzers and runs each for a while, one a core: `./dev fuzz [SECONDS] [NAME]`.

A fuzzer starts from its corpus here and from seeds made on the spot: the T-SQL of tests/sql for the parser and the
binder. What it finds goes into build/fuzz/findings/; a finding that is mended leaves its input in the corpus.
Exit status: 0 when nothing was found, 1 for a finding or where there is no clang with libFuzzer.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
BUILD = SOURCE / "build" / "fuzz"
NAMES = ["sql_parser", "sql_binder", "delta_log", "tds_calls", "tds_login"]
SECONDS = 30
RECORD = re.compile(r"^(statement|query|columns|messages|transcript|snapshot)\b")


def compiler() -> str:
    """clang with its fuzzer's library."""
    clang = shutil.which("clang++-19") or shutil.which("clang++")
    if not clang:
        sys.exit("fuzz: no clang++; Debian has it as clang-19")
    library = subprocess.run(
        [clang, "-print-file-name=libclang_rt.fuzzer-x86_64.a"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if not os.path.isabs(library):  # a bare name comes back where there is none
        sys.exit(f"fuzz: no libFuzzer beside {clang}; Debian has it as libclang-rt-19-dev")
    return clang


def build(names: list[str]) -> None:
    clang = compiler()
    if not (BUILD / "build.ninja").exists():
        subprocess.run(
            ["cmake", "--preset", "fuzz", f"-DCMAKE_CXX_COMPILER={clang}"],
            cwd=SOURCE, check=True, stdout=subprocess.DEVNULL,
        )
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet"] + [f"tarn_{name}_fuzz" for name in names], check=True)


def statements(test_file: Path) -> list[str]:
    """The T-SQL of a file's records."""
    result = []
    for block in test_file.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.split("\n") if not line.startswith("#")]
        if not lines or not RECORD.match(lines[0]):
            continue
        body = lines[1:]
        if "----" in body:
            body = body[: body.index("----")]
        if body:
            result.append("\n".join(body))
    return result


def write_seeds(name: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if not name.startswith("sql_"):
        return
    texts = {text for file in (SOURCE / "tests" / "sql").rglob("*.test") for text in statements(file)}
    for number, text in enumerate(sorted(texts)):
        (folder / f"{number:05}.sql").write_text(text, encoding="utf-8")


def write_dictionary(name: str, file: Path) -> None:
    """Words of the source's own tables (keywords, functions), and the phrases of the .dict file."""
    words: set[str] = set()
    if name.startswith("sql_"):
        detail = SOURCE / "src" / "sql" / "detail"
        for source in [detail / "syntax" / "reserved_words.cc", *(detail / "functions").glob("catalogue_*.cc")]:
            words.update(re.findall(r'"([A-Z@][A-Z_0-9]+)"', source.read_text(encoding="utf-8")))
    phrases = {"sql": "tsql.dict", "delta": "delta.dict", "tds": "tds.dict"}[name.split("_")[0]]
    text = (HERE / phrases).read_text(encoding="utf-8")
    file.write_text("".join(f'"{word}"\n' for word in sorted(words)) + text, encoding="utf-8")


def run(name: str, seconds: int) -> bool:
    """Whether nothing was found."""
    work = BUILD / "work" / name
    findings = BUILD / "findings"
    for folder in [work, findings]:
        folder.mkdir(parents=True, exist_ok=True)
    seeds = BUILD / "seeds" / name
    write_seeds(name, seeds)
    dictionary = BUILD / f"{name}.dict"
    write_dictionary(name, dictionary)
    command = [
        str(BUILD / "bin" / f"tarn_{name}_fuzz"), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2560",
        "-print_final_stats=1", "-max_len=4096", f"-dict={dictionary}", f"-artifact_prefix={findings}/{name}-",
        str(work), str(HERE / f"{name}_corpus"), str(seeds),
    ]
    log = BUILD / f"{name}.log"
    with log.open("w", encoding="utf-8", errors="replace") as output:
        status = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    text = log.read_text(encoding="utf-8", errors="replace")
    executed = re.findall(r"number_of_executed_units: (\d+)", text)
    covered = re.findall(r" cov: (\d+) ft: (\d+)", text)
    shown = f"{executed[-1] if executed else '?'} executions, {covered[-1][0] if covered else '?'} edges"
    print(f"fuzz: {name}: {shown}, {'nothing found' if status == 0 else 'FOUND'} ({log})", flush=True)
    if status != 0:
        print(text[-4000:], flush=True)
    return status == 0


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds the fuzzers and runs each for a while.")
    parser.add_argument("seconds", nargs="?", type=int, default=SECONDS, help="of each (30)")
    parser.add_argument("name", nargs="?", choices=NAMES, help="one of them")
    arguments = parser.parse_args()
    names = [arguments.name] if arguments.name else NAMES
    build(names)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as cores:
        results = list(cores.map(lambda name: run(name, arguments.seconds), names))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
