"""The key with which this installation signs its bundles: made at the first use, in a file of its owner alone."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from ankang.privacy.cipher import sm3
from ankang.privacy.keyfile import read_or_write_first
from ankang.rules.errors import InvalidInput


def signing_key() -> Ed25519PrivateKey:
    """Return the installation's key. Errors: RuntimeError when others can read its file."""
    text = read_or_write_first(Path(settings.ROLLUP_KEY_FILE), _new_key)
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.strip()))


def public_key() -> str:
    """Return the public key in hexadecimal, which the installation above registers."""
    return signing_key().public_key().public_bytes_raw().hex()


def checked_key(text: str) -> str:
    """Return a public key as it is kept. Errors: InvalidInput."""
    key = text.strip().lower()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    except ValueError as error:
        raise InvalidInput(
            "公钥不对：应是64个十六进制字符。请让下级执行 ankang rollup key，把打印的公钥原样抄过来。", field="key"
        ) from error
    return key


def fingerprint(key: str) -> str:
    """Return the digest that two people compare by telephone before a key is registered."""
    digest = sm3(bytes.fromhex(key))[:16]
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


def _new_key() -> str:
    return Ed25519PrivateKey.generate().private_bytes_raw().hex()
