"""Files of the command line: written whole or not at all, and read with a clear word when they cannot be."""

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from ankang.rules.errors import InvalidInput, file_trouble


def tell(words: str) -> None:
    """Say something to the person at the terminal, beside the output."""
    print(words, file=sys.stderr)


EXCEL = (".xlsx", ".xlsm", ".xls", ".ods", ".et")  # by their suffix
SURPLUS = ""  # the column of cells that stand beyond the header's last one; no header has an empty name


@contextmanager
def replacing(paths: Sequence[Path], inputs: Sequence[Path] = ()) -> Iterator[list[TextIO]]:
    """Open files that take the places of `paths` together, when all of them were written: all whole, or none.

    Errors: InvalidInput for a path twice, one of the inputs, something that is no ordinary file, a full disk.
    """
    with replacing_paths(paths, inputs) as parts, ExitStack() as opened:
        yield [opened.enter_context(part.open("w", encoding="utf-8", newline="")) for part in parts]


@contextmanager
def replacing_paths(paths: Sequence[Path], inputs: Sequence[Path] = ()) -> Iterator[list[Path]]:
    """Name files to be written and closed, which then take the places of `paths`. As `replacing`."""
    targets = [path.resolve() for path in paths]
    _check_targets(targets, [path.resolve() for path in inputs])
    parts = [target.with_name(f".{target.name}.{os.getpid()}.part") for target in targets]
    try:
        yield parts
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    except OSError as error:
        where = "、".join(str(path) for path in paths)
        raise InvalidInput(f"写不了 {where}：{file_trouble(error)}。请换一个能写的地方。") from error
    finally:
        for part in parts:
            with suppress(OSError):
                part.unlink()


def _check_targets(targets: list[Path], inputs: list[Path]) -> None:
    for place, target in enumerate(targets):
        if target in targets[:place]:
            raise InvalidInput(f"两个结果不能写进同一个文件 {target}。请各起一个名字。")
        if target in inputs:
            raise InvalidInput(f"结果会盖掉输入文件 {target}。请换一个名字。")
        if target.exists() and not target.is_file():  # a folder, a terminal, a device
            raise InvalidInput(f"{target} 不是普通文件，不能写。请换一个名字。")
        if target.suffix.lower() in EXCEL:
            raise InvalidInput(f"写不了 Excel：{target.name}。请把名字改成以 .csv 或 .parquet 结尾。")
        if not target.parent.is_dir():
            raise InvalidInput(f"没有文件夹 {target.parent}。请先建好，或换一个。")


def csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number as a spreadsheet counts, cells by column), cells stripped; missing cells are empty.

    What stands beyond the last column of the header is in `SURPLUS`: a comma too many moved every cell behind it.
    Errors: InvalidInput when the file cannot be read as UTF-8 CSV with these columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            yield from _rows(path.name, reader, columns)
    except OSError as error:
        raise InvalidInput(f"打不开 {path}：{file_trouble(error)}。请查对路径。") from error
    except UnicodeDecodeError as error:
        raise not_text(path) from error
    except csv.Error as error:  # most often a quote without its other half, which would swallow the rows below it
        raise InvalidInput(
            f"{path.name} 第{reader.line_num}行附近不是合格的 CSV，多半是引号没有配对。请改正或重新导出。"
        ) from error


def not_text(path: Path) -> InvalidInput:
    """Return what to say of a file that is no UTF-8 text."""
    with suppress(OSError), path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return InvalidInput(f"{path.name} 是 Parquet 文件，不是 CSV。请把文件名改成以 .parquet 结尾。")
    if path.suffix.lower() in EXCEL:
        return InvalidInput(f"{path.name} 是 Excel 文件，读不了。请在 Excel 里另存为“CSV UTF-8”。")
    return InvalidInput(f"{path.name} 不是 UTF-8 编码。请在 Excel 里另存为“CSV UTF-8”。")


def _rows(name: str, reader: Iterator[list[str]], columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    header = _header(name, next(reader, []), columns)
    width = len(header)
    for number, row in enumerate(reader, 2):
        cells = [cell.strip() for cell in row]
        if any(cells):
            cells += [""] * (width - len(cells))
            yield number, dict(zip(header, cells, strict=False)) | {SURPLUS: ",".join(cells[width:]).strip(", ")}
        if number % 200_000 == 0:
            tell(f"{name} 已读 {number:,} 行…")


def _header(name: str, row: list[str], columns: tuple[str, ...]) -> list[str]:
    header = [cell.strip() for cell in row]
    while header and not header[-1]:  # spreadsheets leave empty columns at the end
        header.pop()
    missing = [column for column in columns if column not in header]
    if missing:
        whole = ",".join(columns)
        raise InvalidInput(f"{name} 第1行缺列：{'、'.join(missing)}。第1行应当是 {whole}，用英文逗号隔开。")
    if len(set(header)) != len(header) or "" in header:
        raise InvalidInput(f"{name} 第1行有重复的或空的列名。请让每一列都有自己的名字。")
    return header
