"""cmake/walls.py finds each way to break a wall, and nothing in a house that stands."""

import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))

import walls  # noqa: E402

HOUSE = {
    "src/CMakeLists.txt": """
# tarn_module(ghost USES nothing)
tarn_module(base LIBRARIES nlohmann_json::nlohmann_json PRIVATE_LIBRARIES OpenSSL::Crypto)
tarn_module(lake USES base)
tarn_module(sql USES lake
            PRIVATE_LIBRARIES ZLIB::ZLIB)
""",
    "src/README.md": "| module | what it is for |\n|---|---|\n| `base` | a |\n| `lake` | b |\n| `sql` | c |\n",
    "src/main.cc": '#include "sql/session.h"\n',
    "src/base/error.h": "#pragma once\n#include <string>\n",
    "src/base/digest.cc": '#include <openssl/evp.h>\n#include "base/error.h"\n',
    "src/lake/lake.h": '#pragma once\n#include "base/error.h"\n',
    "src/lake/detail/log.h": '#pragma once\n#include "lake/lake.h"\n',
    "src/lake/lake.cc": '#include "lake/lake.h"\n#include "detail/log.h"\n',
    "src/sql/session.h": '#pragma once\n#include "base/error.h"\n#include "lake/lake.h"\n#include <nlohmann/json_fwd.hpp>\n',
    "src/sql/session.cc": '#include "sql/session.h"\n#include <zlib.h>\n',
}


class WallsTest(unittest.TestCase):
    def problems(self, **changed: str) -> list[str]:
        """Of the house with these files changed or added; in a name "__" stands for a slash, "_dot_" for a dot."""
        files = HOUSE | {name.replace("__", "/").replace("_dot_", "."): text for name, text in changed.items()}
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return walls.Walls(Path(folder)).check()

    def assert_only(self, problems: list[str], *words: str) -> None:
        self.assertEqual(len(problems), 1, problems)
        for word in words:
            self.assertIn(word, problems[0])

    def test_a_house_that_stands(self):
        self.assertEqual(self.problems(), [])

    def test_a_module_above(self):
        problems = self.problems(src__base__error_dot_cc='#include "lake/lake.h"\n')
        self.assert_only(problems, "src/base/error.cc:1: base may not include lake")

    def test_another_modules_private_header(self):
        for path in ("lake/detail/log.h", "../lake/detail/log.h"):
            problems = self.problems(src__sql__x_dot_cc=f'\n#include "{path}"\n')
            self.assert_only(problems, "src/sql/x.cc:2", "is private to lake")
        problems = self.problems(src__main_dot_cc='#include "lake/detail/log.h"\n')
        self.assert_only(problems, "src/main.cc:1", "is private to its module")

    def test_a_header_that_is_not_there(self):
        self.assert_only(self.problems(src__sql__x_dot_cc='#include "gone.h"\n'), "src/sql/x.cc:1", '"gone.h" is no header')

    def test_a_library_of_another_module(self):
        problems = self.problems(src__lake__x_dot_cc="#include <openssl/sha.h>\n")
        self.assert_only(problems, "lake may not include <openssl/sha.h>", "OpenSSL::Crypto is not among its libraries")

    def test_an_unknown_library(self):
        text = HOUSE["src/CMakeLists.txt"].replace("ZLIB::ZLIB", "ZLIB::ZLIB Mystery::Box")
        self.assert_only(self.problems(src__CMakeLists_dot_txt=text), "sql links Mystery::Box")

    def test_a_list_in_the_wrong_order(self):
        text = HOUSE["src/CMakeLists.txt"].replace("tarn_module(base ", "tarn_module(base USES lake ")
        problems = self.problems(src__CMakeLists_dot_txt=text, src__base__x_dot_cc='#include "lake/lake.h"\n')
        self.assertTrue(any("base USES lake, which is not above it" in problem for problem in problems), problems)

    def test_a_list_that_names_too_much(self):
        text = HOUSE["src/CMakeLists.txt"] + "tarn_module(http USES base sql)\n"
        problems = self.problems(src__CMakeLists_dot_txt=text, src__http__x_dot_cc='#include "base/error.h"\n',
                                 src__README_dot_md=HOUSE["src/README.md"] + "| `http` | d |\n")
        self.assert_only(problems, "http USES sql, but includes nothing of it")

    def test_a_module_that_is_none(self):
        text = HOUSE["src/CMakeLists.txt"].replace("USES lake", "USES lake pond")
        self.assert_only(self.problems(src__CMakeLists_dot_txt=text), "sql USES pond, which is no module")
        self.assert_only(self.problems(src__pond__x_dot_h=""), "src/pond: a folder that is no module")

    def test_a_tour_that_lags_behind(self):
        problems = self.problems(src__README_dot_md=HOUSE["src/README.md"].replace("| `lake` | b |\n", ""))
        self.assert_only(problems, "src/README.md", "from sql on")

    def test_a_circle_of_headers(self):
        problems = self.problems(src__lake__a_dot_h='#include "lake/b.h"\n', src__lake__b_dot_h='#include "lake/a.h"\n')
        self.assert_only(problems, "a circle of includes: src/lake/a.h -> src/lake/b.h -> src/lake/a.h")

    def test_a_file_that_is_too_long(self):
        self.assertEqual(self.problems(tests__long_dot_py="\n" * walls.LINES_MAX), [])
        problems = self.problems(tests__long_dot_py="\n" * (walls.LINES_MAX + 1))
        self.assert_only(problems, "tests/long.py: 801 lines")


if __name__ == "__main__":
    unittest.main()
