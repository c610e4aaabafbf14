"""The one seam of algorithms: SM4-GCM with a random nonce seals, HMAC-SM3 finds (design, decision 8)."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC

from ankang.privacy.keys import keyring
from ankang.rules.errors import AnkangError

_NONCE, _TAG = 12, 16


class SealBroken(AnkangError):
    """A stored sensitive value is not what the program wrote there, or its key is missing."""

    code = "seal_broken"

    def __init__(self, purpose: str) -> None:
        super().__init__(
            f"{purpose} 里有一个加密的值打不开：它被改过、搬过位置，或者密钥文件不是当时的那一份。请从备份恢复。",
            purpose=purpose,
        )


def seal(text: str, purpose: str) -> bytes:
    """Return key version (1) + nonce (12) + tag (16) + ciphertext. `purpose` binds the value to its column."""
    ring = keyring()
    nonce = os.urandom(_NONCE)
    encryptor = Cipher(algorithms.SM4(ring.ciphers[ring.current]), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(purpose.encode())
    body = encryptor.update(text.encode()) + encryptor.finalize()
    return bytes([ring.current]) + nonce + encryptor.tag + body


def unseal(sealed: bytes, purpose: str) -> str:
    """Return the text. Errors: SealBroken when the value was altered, cut, or belongs to another column."""
    version, nonce, tag = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE : 1 + _NONCE + _TAG]
    key = keyring().ciphers.get(version[0]) if len(tag) == _TAG else None
    if key is None:
        raise SealBroken(purpose)
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(purpose.encode())
    try:
        return (decryptor.update(sealed[1 + _NONCE + _TAG :]) + decryptor.finalize()).decode()
    except InvalidTag:
        raise SealBroken(purpose) from None


def is_current(sealed: bytes) -> bool:
    """Return whether a value stands under the current key."""
    return sealed[:1] == bytes([keyring().current])


def blind_index(text: str, purpose: str) -> str:
    """Return 64 hexadecimal characters by which an exact value can be found without being stored."""
    mac = HMAC(keyring().index, SM3())
    mac.update(purpose.encode() + b"\0" + text.encode())
    return mac.finalize().hex()


def sm3(data: bytes) -> str:
    """Return the SM3 digest in hexadecimal."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize().hex()
