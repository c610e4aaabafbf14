"""The one seam of algorithms: SM4-GCM with a random nonce seals, HMAC-SM3 finds (design, decision 8)."""

import os
from collections.abc import Callable, Iterable

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
    return sealer(purpose)(text)


def sealer(purpose: str) -> Callable[[str], bytes]:
    """Return `seal` for many values of one column: the keys are looked up once, each value has its own nonce."""
    sealed = _bytes_sealer(purpose)
    return lambda text: sealed(text.encode())


def seal_bytes(content: bytes, purpose: str) -> bytes:
    """Return a file sealed as `seal` does a text; `purpose` names the one place where it may lie."""
    return _bytes_sealer(purpose)(content)


def _bytes_sealer(purpose: str) -> Callable[[bytes], bytes]:
    ring = keyring()
    version, bound = bytes([ring.current]), purpose.encode()
    algorithm = algorithms.SM4(ring.ciphers[ring.current])

    def sealed(content: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        encryptor = Cipher(algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(bound)
        body = encryptor.update(content) + encryptor.finalize()
        return version + nonce + encryptor.tag + body

    return sealed


def unseal(sealed: bytes, purpose: str) -> str:
    """Return the text. Errors: SealBroken when the value was altered, cut, or belongs to another column."""
    return unseal_bytes(sealed, purpose).decode()


def unseal_bytes(sealed: bytes, purpose: str) -> bytes:
    """Return what `seal_bytes` sealed. Errors: SealBroken, as `unseal`."""
    version, nonce, tag = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE : 1 + _NONCE + _TAG]
    key = keyring().ciphers.get(version[0]) if len(tag) == _TAG else None
    if key is None:
        raise SealBroken(purpose)
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(purpose.encode())
    try:
        return decryptor.update(sealed[1 + _NONCE + _TAG :]) + decryptor.finalize()
    except InvalidTag:
        raise SealBroken(purpose) from None


def is_current(sealed: bytes) -> bool:
    """Return whether a value stands under the current key."""
    return sealed[:1] == bytes([keyring().current])


def blind_index(text: str, purpose: str) -> str:
    """Return 64 hexadecimal characters by which an exact value can be found without being stored."""
    return indexer(purpose)(text)


def indexer(purpose: str) -> Callable[[str], str]:
    """Return `blind_index` for many values of one column: the key and the purpose are hashed once."""
    begun = HMAC(keyring().index, SM3())
    begun.update(purpose.encode() + b"\0")

    def index(text: str) -> str:
        mac = begun.copy()
        mac.update(text.encode())
        return mac.finalize().hex()

    return index


def derived_key(text: str, purpose: str) -> bytes:
    """Return 32 bytes that only this installation can make: the same for the same words, told to nobody else."""
    return bytes.fromhex(blind_index(text, purpose))


def sm3(data: bytes) -> str:
    """Return the SM3 digest in hexadecimal."""
    return sm3_of([data])


def sm3_of(blocks: Iterable[bytes]) -> str:
    """Return the SM3 digest of what is read block by block, in hexadecimal."""
    digest = Hash(SM3())
    for block in blocks:
        digest.update(block)
    return digest.finalize().hex()
