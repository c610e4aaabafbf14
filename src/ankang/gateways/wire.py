"""The gateway's side of the v3 protocol: RSA-SHA256 over time, nonce and body, and resources sealed by AES-256-GCM."""

import json
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SCHEME = "WECHATPAY2-SHA256-RSA2048"
_PART = re.compile(r'(\w+)="([^"]*)"')


def new_key() -> rsa.RSAPrivateKey:
    """Return a fresh key of 2048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """Return a private key as PEM, without a password: the file that holds it has mode 600."""
    coding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*coding).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """Return the public half of a key as PEM."""
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def load_private(pem: str) -> rsa.RSAPrivateKey:
    """Return the key of a PEM. Errors: ValueError."""
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("no RSA key")
    return key


def signed_headers(key: rsa.RSAPrivateKey, key_id: str, body: str, at: int) -> dict[str, str]:
    """Return the headers of an answer or a notification. `at`: seconds since 1970."""
    nonce = secrets.token_hex(16)
    signature = key.sign(f"{at}\n{nonce}\n{body}\n".encode(), padding.PKCS1v15(), hashes.SHA256())
    return {
        "Content-Type": "application/json",
        "Wechatpay-Timestamp": str(at),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": key_id,
        "Wechatpay-Signature": b64encode(signature).decode(),
        "Wechatpay-Signature-Type": SCHEME,
    }


def asked_by(public: rsa.RSAPublicKey, merchant: str, authorization: str, asked: tuple[str, str, str]) -> bool:
    """Return whether the merchant signed this request: its method, its path with the query, its body."""
    method, path, body = asked
    scheme, _, rest = authorization.partition(" ")
    parts = dict(_PART.findall(rest))
    if scheme != SCHEME or parts.get("mchid") != merchant:
        return False
    message = f"{method}\n{path}\n{parts.get('timestamp')}\n{parts.get('nonce_str')}\n{body}\n"
    try:
        public.verify(b64decode(parts.get("signature", "")), message.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def notification(resource: Mapping[str, Any], api_key: str, number: str, event: str) -> str:
    """Return the body of a notification: the resource sealed, as the protocol wants it."""
    nonce, about = secrets.token_hex(6), "transaction"
    plain = json.dumps(resource).encode()
    sealed = AESGCM(api_key.encode()).encrypt(nonce.encode(), plain, about.encode())
    return json.dumps(
        {
            "id": number,
            "event_type": event,
            "resource_type": "encrypt-resource",
            "resource": {
                "original_type": "transaction",
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": b64encode(sealed).decode(),
                "associated_data": about,
                "nonce": nonce,
            },
        }
    )
