"""The keys of sensitive fields: from ANKANG_KEYS, or from the key file (mode 600) that the first start writes."""

import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ankang.privacy.keyfile import read_or_write_first, replace
from ankang.rules.errors import Conflict

LAST_VERSION = 255  # a sealed value has one byte for it


@dataclass(frozen=True)
class Keyring:
    """Versioned keys: `current` seals, every version opens. `index` is the blind-index key, which never changes."""

    current: int
    ciphers: dict[int, bytes]
    index: bytes


def keyring() -> Keyring:
    """Return the installation's keys. A rotation by another process is seen at the next call.

    Errors: RuntimeError when the key file can be read by others.
    """
    if text := os.environ.get("ANKANG_KEYS"):
        return _parsed(text)
    path = Path(settings.KEY_FILE)
    try:
        written = path.stat().st_mtime_ns
    except FileNotFoundError:
        written = 0
    return _from_file(path, written)


def add_version() -> int:
    """Add a new cipher key, from now on the current one, to the key file; return its version.

    Errors: Conflict when the keys come from the environment, or all 255 versions are used.
    """
    if os.environ.get("ANKANG_KEYS"):
        raise Conflict(
            "密钥在环境变量 ANKANG_KEYS 里，不能自动更换。"
            "请在它的 ciphers 里加一个更大的版本号和32个十六进制字符的新密钥，重新启动后执行 ankang keys reseal。"
        )
    path = Path(settings.KEY_FILE)
    document = json.loads(read_or_write_first(path, _new_document))
    version = max(map(int, document["ciphers"])) + 1
    if version > LAST_VERSION:
        raise Conflict(f"密钥已经换过{LAST_VERSION}次，不能再换。请联系开发者。")
    document["ciphers"][str(version)] = secrets.token_hex(16)
    replace(path, json.dumps(document))
    return version


@lru_cache(maxsize=2)
def _parsed(text: str) -> Keyring:
    document = json.loads(text)
    ciphers = {int(version): bytes.fromhex(key) for version, key in document["ciphers"].items()}
    return Keyring(current=max(ciphers), ciphers=ciphers, index=bytes.fromhex(document["index"]))


@lru_cache(maxsize=2)
def _from_file(path: Path, _written: int) -> Keyring:
    return _parsed(read_or_write_first(path, _new_document))


def _new_document() -> str:
    return json.dumps({"ciphers": {"1": secrets.token_hex(16)}, "index": secrets.token_hex(32)})
