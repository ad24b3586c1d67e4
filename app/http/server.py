"""uvicorn's server, which tells those who follow that it ends, and gives up on clients that are gone without a word."""

import os
import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette

PING, PONG = 20.0, 20.0
"""Seconds from one ping over a WebSocket to the next, and until it must have been answered: proxies end what is silent
for a minute, and who was cut off is noticed within one.
"""

UNHEARD = 40
"""Seconds after which the kernel ends a connection whose bytes nobody takes. Otherwise it tries for a quarter of an
hour, and what waits to be sent to a client that is gone stays for as long: uvicorn closes only once it was sent.
"""


class Server(uvicorn.Server):
    """Serves `app`, whose hub ends what is followed before connections are waited for."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self.app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        for listening in [listening for server in self.servers for listening in server.sockets]:
            _limit_patience(listening)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End: WebSockets with 1012, streams of events without a last event; clients then connect again."""
        if (hub := getattr(self.app.state, "hub", None)) is not None:
            hub.stop()
        await super().shutdown(sockets)


def _limit_patience(listening: Any) -> None:
    """What is set on a socket that listens, the connections accepted there inherit. Where there is no such option,
    pings and comments still find who is gone, only later.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with socket.socket(fileno=os.dup(listening.fileno())) as same:
            if same.family in (socket.AF_INET, socket.AF_INET6):
                same.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD * 1000)
