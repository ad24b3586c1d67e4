"""What can be set from outside has the names that the documents say, and what is wrong is told by them."""

import pytest
from pydantic import ValidationError

from app.mendable import line
from app.settings import Settings


def test_settings_that_belong_together_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "AGORA_OIDC_ISSUER": "https://id.example",
        "AGORA_OIDC_AUDIENCE": "agora",
        "AGORA_OIDC_JWKS_URL": "https://id.example/keys",
        "AGORA_OIDC_REGISTERS": "true",
        "AGORA_LLM_URL": "https://llm.example/v1",
        "AGORA_LLM_KEY": "hush",
        "AGORA_LLM_MODEL": "small",
        "AGORA_EVENTS_URL": "redis://:hush@127.0.0.1:6379/3",
        "AGORA_SECURE_COOKIES": "1",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings()  # type: ignore[call-arg]
    assert settings.oidc.model_dump() == {
        "issuer": "https://id.example",
        "audience": "agora",
        "jwks_url": "https://id.example/keys",
        "registers": True,
    }
    assert (settings.llm.url, settings.llm.model) == ("https://llm.example/v1", "small")
    assert settings.secure_cookies
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AGORA_OIDC_ISSUER", "https://id.example", "AGORA_OIDC_AUDIENCE: Value error, must be given with AGORA_OIDC"),
        ("AGORA_LLM_URL", "http://llm.example", "AGORA_LLM_URL: Value error, must be an https URL"),
        ("AGORA_EVENTS_URL", "amqp://u:hush@x", "AGORA_EVENTS_URL: Value error, must be like redis://"),
    ],
)
def test_what_is_wrong_is_said_by_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as raised:
        Settings()  # type: ignore[call-arg]
    assert line(raised.value).startswith(said)
    assert "hush" not in str(raised.value)
