"""Every mapped class of Agora, one module per domain. Imports nothing else of the project."""

from models import agents, business, freelance, functions, identity, llm
from models.base import Base

__all__ = ["Base", "agents", "business", "freelance", "functions", "identity", "llm"]
