"""Who follows what, in this process: reads once for all who get the same, and hands each the next that is theirs.

Knows no protocol and no policy: bodies come from the engine's followings and go to whoever iterates over a follower.
"""

from app.realtime.hub import Either, Hub, Restarting

__all__ = ["Either", "Hub", "Restarting"]
