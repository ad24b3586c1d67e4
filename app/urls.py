"""What may be asked over the network, and how."""

from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_safe(url: str) -> bool:
    """Whether nobody on the way can change what `url` answers: it is https, or of this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not {" ", "#", "@", "\\"} & set(url)
    return plain and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
