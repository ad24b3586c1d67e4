"""What is kept of requests: calls by keys, refusals, who was here last, how often documents are called.

What happens is noted in memory while a request is answered, and written in batches beside it. Knows the tables it
writes, and nothing of transports.
"""

from app.record.recorder import Recorder

__all__ = ["Recorder"]
