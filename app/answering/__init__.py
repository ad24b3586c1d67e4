"""Those who answer for AI agents: by what is written down, or by language models over HTTP. They know no table."""

from app.answering.drafts import Draft, Tell
from app.answering.offline import Offline
from app.answering.openai import OpenAi, opened

__all__ = ["Draft", "Offline", "OpenAi", "Tell", "opened"]
