"""The one seam of algorithms: SM4-GCM with a random nonce seals, HMAC-SM3 finds (design, decision 8)."""

import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC

from ankang.privacy.keys import keyring

_NONCE, _TAG = 12, 16


def seal(text: str, purpose: str) -> bytes:
    """Return key version (1) + nonce (12) + tag (16) + ciphertext. `purpose` binds the value to its column."""
    ring = keyring()
    nonce = os.urandom(_NONCE)
    encryptor = Cipher(algorithms.SM4(ring.ciphers[ring.current]), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(purpose.encode())
    body = encryptor.update(text.encode()) + encryptor.finalize()
    return bytes([ring.current]) + nonce + encryptor.tag + body


def unseal(sealed: bytes, purpose: str) -> str:
    """Return the text. Errors: cryptography's InvalidTag when the value was altered or belongs to another column."""
    version, nonce, tag = sealed[0], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE : 1 + _NONCE + _TAG]
    decryptor = Cipher(algorithms.SM4(keyring().ciphers[version]), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(purpose.encode())
    return (decryptor.update(sealed[1 + _NONCE + _TAG :]) + decryptor.finalize()).decode()


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
