"""What can be set from outside, all of it by AGORA_* variables."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.mail.letters import sender_of
from app.mail.posts import Way
from app.services.privacy.vault import Vault
from app.urls import is_safe


def _safe(given: str | None) -> str | None:
    if given is not None and not is_safe(given):
        raise ValueError("must be an https URL; http is for this machine only")
    return given


SafeUrl = Annotated[str | None, AfterValidator(_safe)]


class Oidc(BaseModel, frozen=True):
    """An identity provider: AGORA_OIDC_ISSUER and so on."""

    issuer: SafeUrl = Field(default=None, description="An identity provider whose ID tokens open a session.")
    audience: str | None = Field(
        default=None, description="Which client the provider gives them to.", validate_default=True
    )
    jwks_url: SafeUrl = Field(default=None, description="Where its keys are, if it does not say so itself.")
    registers: bool = Field(default=False, description="Whether people who are unknown get an account by it.")

    @field_validator("audience")
    @classmethod
    def _is_given(cls, given: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("issuer") is not None and not given:
            raise ValueError("must be given with AGORA_OIDC_ISSUER: the client's id at the provider")
        return given


class Llm(BaseModel, frozen=True):
    """A language model that answers: AGORA_LLM_URL and so on."""

    url: SafeUrl = Field(default=None, description="The base URL of an API like OpenAI's: https://api.openai.com/v1.")
    key: SecretStr | None = Field(default=None, description="What opens it.")
    model: str | None = Field(default=None, description="Which model is asked, where an agent's row does not say.")


class Settings(BaseSettings):
    """The process's settings."""

    model_config = SettingsConfigDict(
        env_prefix="AGORA_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        frozen=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    database_url: str | None = Field(None, description="A PostgreSQL 18; without it the embedded one runs.")
    data_dir: Path = Field(Path(".agora"), description="Where the embedded PostgreSQL and exports keep their files.")
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on.")
    read_pool_size: int = Field(8, ge=1, le=200, description="Connections that queries share.")
    write_pool_size: int = Field(4, ge=1, le=200, description="Connections that mutations share.")
    body_limit: int = Field(
        256 * 1024, ge=1024, description="Bytes of a request's body; a key that may write may send 4 MiB."
    )
    cors_origins: tuple[str, ...] = Field(
        (), description='Sites whose pages may call the API, as JSON: ["https://shop.example"].'
    )
    secure_cookies: bool = Field(
        False, description="Whether browsers ask by https, where a proxy in front does not say so."
    )
    oidc: Oidc = Field(Oidc(), description="Who else vouches for people.")
    events_url: SecretStr | None = Field(
        None, description="A Redis that carries wake-ups, like redis://host:6379/0; without it the database does."
    )
    llm: Llm = Field(Llm(), description="Who answers for AI agents; without a URL what is written down does.")
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses of proxies whose X-Forwarded-For is believed, with commas."
    )
    trusted_documents: Literal["off", "allow", "only"] = Field(
        "off", description="Whether documents of the manifest may be asked for by documentId, or nothing else."
    )
    hardened: bool = Field(
        False, description="For the open internet: no GET, no introspection, no suggestions in errors, no GraphiQL."
    )
    sample_data: bool = Field(True, description="Whether an empty embedded database gets sample data.")
    log_bodies: int = Field(
        0, ge=0, le=65_536, description="Characters that the log of calls keeps of bodies, without any value; 0: none."
    )
    secret: SecretStr | None = Field(
        None, min_length=32, description="What links are signed with, on several machines; else one is made and kept."
    )
    private_calls: bool = Field(
        False, description="Whether webhooks and services may be called at private addresses: for development."
    )
    smtp_url: SecretStr | None = Field(
        None, description="The mail server, like smtps://user:password@host:465; without it mail is written to files."
    )
    mail_from: str = Field(
        "Agora <agora@agora.localhost>", description="The name and address that mail comes from.", validate_default=True
    )
    public_url: str = Field("http://127.0.0.1:8000", description="Where people's pages are: links in mail lead there.")
    log_level: str = Field("info", description="debug, info, warning or error.")

    @property
    def vault(self) -> Vault:
        """Where exports lie, and what seals secrets."""
        return Vault(self.data_dir, self.secret.get_secret_value() if self.secret else None)

    @field_validator("smtp_url")
    @classmethod
    def _is_server(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None:
            Way.of(given.get_secret_value())
        return given

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, given: str, info: ValidationInfo) -> str:
        if info.data.get("smtp_url") is not None and given == cls.model_fields["mail_from"].default:
            raise ValueError("must be given with AGORA_SMTP_URL: an address that the mail server sends from")
        sender_of(given)
        return given

    @field_validator("public_url")
    @classmethod
    def _is_site(cls, given: str) -> str:
        if not is_safe(given) or "?" in given:
            raise ValueError("must be an https URL; http is for this machine only")
        return given.rstrip("/")

    @field_validator("events_url")
    @classmethod
    def _is_redis(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and not given.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must be like redis://user:password@host:6379/0 or rediss://…")
        return given
