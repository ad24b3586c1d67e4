"""Mail: letters, and the ways by which they leave. Knows nothing of notifications, nor of the database."""

from app.mail.letters import Attachment, Letter, Undeliverable, composed
from app.mail.posts import Folder, Post, Send, Smtp, Unavailable, post_of

__all__ = [
    "Attachment",
    "Folder",
    "Letter",
    "Post",
    "Send",
    "Smtp",
    "Unavailable",
    "Undeliverable",
    "composed",
    "post_of",
]
