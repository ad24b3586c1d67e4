"""An embedded PostgreSQL 18: one server per data folder, shared by the processes that use it.

Knows nothing of the rest of Agora. `running(data)` starts the server or joins the one that runs; the last
process to leave stops it, however it leaves.
"""

from app.embedded.cluster import Cluster, remove, running
from app.embedded.errors import EmbeddedError, FolderError, InUseError, StartError, VersionError

__all__ = [
    "Cluster",
    "EmbeddedError",
    "FolderError",
    "InUseError",
    "StartError",
    "VersionError",
    "remove",
    "running",
]
