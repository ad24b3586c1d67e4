"""Files of exports and the links to them, and what is sealed for whoever delivers it, or to be kept.

One secret is behind all.
The secret is AGORA_SECRET where several machines share a database, or a file beside the data that is made once.
"""

import os
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadData, URLSafeTimedSerializer

LIFE = timedelta(hours=24)
"""How long a link is good, and its file there."""

FILE, FOLDER, SALT = "secret", "exports", "export"
LONGEST = 500
"""Characters of what may be a token."""


class Vault:
    """The exports in a folder of data."""

    def __init__(self, data: Path, secret: str | None = None) -> None:
        self._data, self._given = data, secret

    def file(self, request_id: UUID) -> Path:
        """Where the export of a request is, or is to be."""
        return self._data / FOLDER / f"{request_id}.json"

    def link(self, request_id: UUID) -> str:
        """The path by which the export of a request is fetched."""
        return f"/{FOLDER}/{self._signer.dumps(request_id.hex)}"

    def request_of(self, token: str) -> UUID | None:
        """The request that a link's token is for; None if it is forged or too old."""
        if len(token) > LONGEST or not (self._given or (self._data / FILE).exists()):
            return None
        try:
            return UUID(self._signer.loads(token, max_age=int(LIFE.total_seconds())))
        except (BadData, ValueError):
            return None

    def seal(self, text: str) -> str:
        """`text` as only who has the secret can read it."""
        return self._cipher.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """What was sealed; None if it was not with this secret, or too long ago."""
        try:
            return self._cipher.decrypt(sealed, ttl=int(LIFE.total_seconds())).decode()
        except InvalidToken:
            return None

    def keep(self, text: str) -> str:
        """`text` as only who has the secret can read it, for as long as that is the secret."""
        return self._safe.encrypt(text.encode()).decode()

    def kept(self, sealed: str) -> str | None:
        """What was sealed to be kept; None if it was not with this secret."""
        try:
            return self._safe.decrypt(sealed).decode()
        except InvalidToken:
            return None

    def remove(self, request_id: UUID) -> None:
        """Remove the export of a request, if it is there."""
        self.file(request_id).unlink(missing_ok=True)

    def sweep(self, now: float) -> int:
        """Remove files of links that are too old, and drafts of processes that ended; how many."""
        old = [file for file in (self._data / FOLDER).glob("*.*") if _made(file) < now - LIFE.total_seconds()]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    @cached_property
    def _secret(self) -> str:
        return self._given or _kept(self._data / FILE)

    @cached_property
    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt=SALT)

    @cached_property
    def _cipher(self) -> Fernet:
        return self._fernet("seal")

    @cached_property
    def _safe(self) -> Fernet:
        return self._fernet("keep")

    def _fernet(self, purpose: str) -> Fernet:
        """What seals for one purpose: what is sealed for another it cannot read."""
        return Fernet(urlsafe_b64encode(sha256(f"{purpose} {self._secret}".encode()).digest()))


def _made(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # another process swept it
        return float("inf")


def _kept(file: Path) -> str:
    """The secret in `file`; of processes that make it at once the first wins, and nobody sees half of it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{FILE}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(32))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()
