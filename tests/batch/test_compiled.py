"""Machine code is kept for the sources that it was made from, and for no others."""

from pathlib import Path

import numba

from ankang.batch import compiled


def test_other_sources_have_another_folder(tmp_path: Path) -> None:
    rule, other = tmp_path / "lines.py", tmp_path / "kernel.py"
    rule.write_text("a = 1")
    other.write_text("b = 1")
    before = compiled.cache_folder(tmp_path, [rule, other])
    assert before is not None
    assert before.is_dir()
    assert compiled.cache_folder(tmp_path, [other, rule]) == before
    rule.write_text("a = 2")
    assert compiled.cache_folder(tmp_path, [rule, other]) not in {before, None}


def test_without_a_place_nothing_is_kept(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("no folder")
    assert compiled.cache_folder(taken, [taken]) is None


def test_the_kernel_keeps_its_code_there() -> None:
    folder = compiled._FOLDER
    assert folder is not None
    assert str(folder) == numba.config.CACHE_DIR
