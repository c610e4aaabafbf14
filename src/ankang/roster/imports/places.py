"""Which village a row means: by name, serial or code, within the division that imports."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from ankang.divisions.models import Division
from ankang.rules.errors import InvalidInput

_SUFFIX = re.compile(r"(村民委员会|居民委员会|村委会|居委会|社区|村|居)+$")


@dataclass(frozen=True, slots=True)
class Places:
    """The villages that a file may speak of: `codes` by every word for them, `home` where rows need not say it."""

    codes: dict[str, str]
    home: Division | None = None

    def find(self, text: str) -> str | None:
        """Return the code of the village that a text means, or None."""
        return self.codes.get(_word(text)) or self.codes.get(_short(text))

    def code_of(self, text: str) -> str:
        """Return a village's code. Errors: InvalidInput with `reason` and `fix`."""
        if not text:
            if self.home is None:
                raise _refused("没有写是哪个村居", "请填村居的名称、序号或12位代码")
            return self.home.pk
        code = self.find(text)
        if code is not None:
            return code
        if self.home is not None:
            raise _refused(
                "不是本村的人，本村账号只能导入本村", f"如写错了请改成“{self.home.name}”；确是外村的请删去此行"
            )
        raise _refused("找不到这个村居，或有重名", "请填村居的全名、序号或12位代码")


def places_of(division: Division, villages: Iterable[Division]) -> Places:
    """Return the words for these villages; a word for two of them means neither."""
    meanings: dict[str, set[str]] = {}
    for village in villages:
        for word in _words(village):
            meanings.setdefault(word, set()).add(village.pk)
    codes = {word: next(iter(found)) for word, found in meanings.items() if len(found) == 1}
    return Places(codes, division if division.level == Division.Level.VILLAGE else None)


def _words(village: Division) -> set[str]:
    words = {village.pk, _word(village.name), _short(village.name)}
    if village.serial:
        serial = str(village.serial)
        words |= {serial, serial.zfill(2), f"{serial}村", f"{serial}号村"}
    return words - {""}


def _word(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _short(text: str) -> str:
    return _SUFFIX.sub("", _word(text))


def _refused(reason: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{reason}。{fix}。", field="village", reason=reason, fix=fix)
