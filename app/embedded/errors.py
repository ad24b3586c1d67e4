"""Everything that can go wrong with the embedded server; every message says what to do."""


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used."""


class FolderError(EmbeddedError):
    """The data folder cannot be used."""


class VersionError(EmbeddedError):
    """The data folder was made by another major version of PostgreSQL."""


class InUseError(EmbeddedError):
    """Another process uses the data folder."""


class StartError(EmbeddedError):
    """PostgreSQL did not start."""
