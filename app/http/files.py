"""The built files of the pages: their names change with what is in them, so browsers keep them for good."""

import re
from asyncio import to_thread
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.http.compression import WORTHWHILE, compressed
from app.http.negotiation import CODING

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\Z")
"""What a file may be called: no folder, and nothing that is hidden."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""The types of what there is, whatever the machine believes of the ends of names; nothing else is handed out."""

PACKED = (".png", ".woff2")
KEPT = {
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "vary": "accept-encoding",
}


def files_route(folder: Path) -> Callable[[Request], Awaitable[Response]]:
    """The answer to GET /web/assets/{name}: the files in `folder`."""

    async def file(request: Request) -> Response:
        name = str(request.path_params["name"])
        path, kind = folder / name, TYPES.get(Path(name).suffix)
        if kind is None or not NAME.match(name) or not path.is_file():
            return PlainTextResponse("There is no such file.", status_code=404, headers={"cache-control": "no-store"})
        headers = {**KEPT, "etag": f'"{name}"'}
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body, coding = await _body(path, request.headers.get("accept-encoding", ""))
        coded = {"content-encoding": coding} if coding else {}
        return Response(body, headers={**headers, **coded, "content-type": kind})

    return file


async def _body(path: Path, accepted: str) -> tuple[bytes, str | None]:
    """What is in the file, compressed for whom that helps, and how."""
    body, coding = await to_thread(path.read_bytes), CODING[accepted.encode("latin-1")]
    if coding is None or len(body) < WORTHWHILE or path.suffix in PACKED:
        return body, None
    return await compressed(body, coding), coding
