"""Hands out the files of exports by their links; what is too old, forged or erased is not there, all alike."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app.database import Database
from app.services.privacy.vault import Vault

GOOD = """SELECT EXISTS (SELECT FROM identity.privacy_requests
WHERE id = $1 AND status = 'COMPLETED' AND export_url IS NOT NULL AND export_expires_at > now())"""

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; sandbox",
}


def export_route(database: Callable[[], Database], vault: Vault) -> Callable[[Request], Awaitable[Response]]:
    """The answer to GET /exports/{token}."""

    async def export(request: Request) -> Response:
        wanted = vault.request_of(request.path_params["token"])
        if wanted is not None:
            async with database().reads.acquire(timeout=2) as connection:
                good = await connection.fetchval(GOOD, wanted, timeout=2)
            file = vault.file(wanted)
            if good and file.is_file():
                name = f"agora-{wanted}.json"
                return FileResponse(file, media_type="application/json", filename=name, headers=HEADERS)
        return PlainTextResponse("There is no such export, or not any more.", status_code=404, headers=HEADERS)

    return export
