"""The merchant's account at the gateway, a file of mode 600 (`ANKANG_GATEWAY_FILE`), and what is made from it."""

import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ankang.gateways.seam import Gateway
from ankang.rules.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Account:
    """What the gateway gave the merchant, and the merchant the gateway. `base_url`: only of a local gateway.

    private_key is the merchant's, public_key (with its key_id) the gateway's, both PEM; api_key has 32 characters.
    """

    merchant: str
    app: str
    serial: str
    private_key: str
    public_key: str
    key_id: str
    api_key: str
    notify_url: str
    base_url: str = ""


def gateway() -> Gateway | None:
    """Return the gateway of this installation; None without a file. Errors: InvalidInput for a faulty one."""
    path = Path(settings.GATEWAY_FILE)
    if not path.exists():
        return None
    return _gateway(path, path.stat().st_mtime_ns)


def read_account(path: Path) -> Account:
    """Return what the file says. Errors: InvalidInput, which names the file and the key, or says who can read it."""
    if path.stat().st_mode & 0o077:
        raise InvalidInput(f"支付账户文件 {path} 别人也能读。请执行 chmod 600 {path}。", field="file")
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"支付账户文件 {path} 不是TOML：{error}。请照 docs/operations.md 的样子改。") from error
    known = {field.name for field in fields(Account)}
    wrong = sorted(set(told) - known) + sorted(known - {"base_url"} - set(told))
    wrong += sorted(name for name in known & set(told) if not isinstance(told[name], str))
    if wrong:
        raise InvalidInput(f"支付账户文件 {path} 里这些项缺了、多了或不是文字：{'、'.join(wrong)}。")
    account = Account(**told)
    if len(account.api_key.encode()) != 32:
        raise InvalidInput(f"支付账户文件 {path} 的 api_key 要正好32个字符。")
    return account


@lru_cache(maxsize=1)
def _gateway(path: Path, _changed: int) -> Gateway:
    # The library behind it takes a third of a second to import: only who takes payments this way pays for it.
    from ankang.gateways.wechat import WeChatGateway  # noqa: PLC0415

    return WeChatGateway(read_account(path))
