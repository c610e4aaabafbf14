"""Files of the command line: written whole or not at all, and read with a clear word when they cannot be."""

import csv
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ankang.rules.errors import InvalidInput


def tell(words: str) -> None:
    """Say something to the person at the terminal, beside the output."""
    print(words, file=sys.stderr)


SURPLUS = ""  # the column of cells that stand beyond the header's last one; no header has an empty name
_AMOUNT = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a file that takes the place of `path` only when everything was written. Errors: InvalidInput."""
    part = path.with_name(path.name + ".part")
    try:
        file = part.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InvalidInput(f"写不了 {path}：{error.strerror}。请换一个能写的文件夹。") from error
    try:
        with file:
            yield file
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    os.replace(part, path)


def plain_text(value: str) -> str:
    """Return a value as a CSV may hold it: what a spreadsheet would run as a formula gets an apostrophe before it.

    Amounts such as -100.00 stay as they are: they run nothing.
    """
    starts = value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if starts and not _AMOUNT.fullmatch(value) else value


def csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number as a spreadsheet counts, cells by column), cells stripped; missing cells are empty.

    What stands beyond the last column of the header is in `SURPLUS`: a comma too many moved every cell behind it.
    Errors: InvalidInput when the file cannot be read as UTF-8 CSV with these columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            while header and not header[-1]:
                header.pop()
            missing = [name for name in columns if name not in header]
            if missing:
                raise InvalidInput(f"{path.name} 第1行缺列：{'、'.join(missing)}。第1行应当是 {','.join(columns)}。")
            if len(set(header)) != len(header) or "" in header:
                raise InvalidInput(f"{path.name} 第1行有重复的或空的列名。请让每一列都有自己的名字。")
            for number, cells in enumerate(reader, 2):
                if any(cell.strip() for cell in cells):
                    padded = cells + [""] * (len(header) - len(cells))
                    named = {name: cell.strip() for name, cell in zip(header, padded, strict=False)}
                    yield number, named | {SURPLUS: ",".join(cells[len(header) :]).strip(", ")}
                if number % 200_000 == 0:
                    tell(f"{path.name} 已读 {number:,} 行…")
    except OSError as error:
        raise InvalidInput(f"打不开 {path}：{error.strerror}。请查对路径。") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} 不是 UTF-8 编码。请在 Excel 里另存为“CSV UTF-8”。") from error
    except csv.Error as error:
        raise InvalidInput(f"{path.name} 不是合格的 CSV（{error}）。请重新导出。") from error
