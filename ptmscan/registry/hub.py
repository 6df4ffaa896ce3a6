"""The models of the Hugging Face hub, page by page through huggingface_hub (the extra `ptmscan[hub]`).

A page is added together with the address of the next one, so that an interrupted build goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlencode, urlsplit

from ptmscan.registry.building import Builder
from ptmscan.registry.index import RegistryError
from ptmscan.registry.model import KnownHub, KnownModel

PAGE = 1_000
MAX_TRIES = 6
# Seconds: what to wait when the hub says "too many requests" and not how long; the most that it may ask for.
DEFAULT_WAIT, MAX_WAIT = 60.0, 900.0
TIMEOUT = 60.0
_BUSY = frozenset({429, 500, 502, 503, 504})

Sleep = Callable[[float], None]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub answers: its status, what it says of waiting, the address of the next page, and the body as JSON.

    `body` raises ValueError where it is none.
    """

    status: int
    retry_after: str
    rate_limit: str
    following: str | None
    body: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Client:
    """How pages are asked for; `get` raises an error of its HTTP library when there is no answer."""

    endpoint: str
    get: Callable[[str], Answer]
    sleep: Sleep = time.sleep


def hub_client(endpoint: str | None = None) -> Client:
    """A client of the hub, with the token and the endpoint that huggingface_hub is configured with.

    Raises:
        RegistryError: huggingface_hub is not installed.
    """
    try:
        from huggingface_hub import constants

        # As a module without types: it does not say which of its names are public in the way that mypy asks for.
        utils: Any = import_module("huggingface_hub.utils")
    except ImportError as error:
        raise RegistryError("this needs huggingface_hub: pip install 'ptmscan[hub]'") from error
    from ptmscan import __version__

    headers = utils.build_hf_headers(library_name="ptmscan", library_version=__version__)
    session: Any = utils.get_session()

    def get(address: str) -> Answer:
        response = session.get(address, headers=headers, timeout=TIMEOUT)
        found, following = response.headers, response.links.get("next", {}).get("url")
        return Answer(
            response.status_code, found.get("Retry-After", ""), found.get("RateLimit", ""), following, response.json
        )

    return Client((endpoint or constants.ENDPOINT).rstrip("/"), get)


def add_hub(builder: Builder, client: Client, progress: Progress | None = None) -> None:
    """Add every model of the hub, from where an interrupted build stopped. `progress` is called with models of a run.

    Raises:
        RegistryError: the hub refuses or does not answer; what is collected stays for the next run.
    """
    source = f"{client.endpoint}/api/models"
    begin = f"{source}?{urlencode({'limit': PAGE, 'sort': 'createdAt', 'direction': -1})}{_EXPAND}"
    stopped = builder.position(source)
    address: str | None = begin if stopped is None else stopped
    added = 0
    while address:
        answer = _page(client, address)
        models = [_known_model(row) for row in _rows(answer, address)]
        following = answer.following
        if following is not None and urlsplit(following)[:2] != urlsplit(client.endpoint)[:2]:
            raise RegistryError(f"{client.endpoint} sends us to another host for its next page: {following}")
        builder.add(models, source=source, position=following or "")
        added += len(models)
        if progress is not None:
            progress(added)
        address = following


_EXPAND = "".join(f"&expand%5B%5D={field}" for field in ("downloads", "sha"))


def _page(client: Client, address: str) -> Answer:
    """One page, with patience: as long as the hub asks for, else a little longer each time."""
    problem = ""
    for attempt in range(MAX_TRIES):
        try:
            answer = client.get(address)
        except Exception as error:  # httpx and requests have no error class in common
            problem = f"{type(error).__name__}: {error}"
            client.sleep(min(2.0**attempt, MAX_WAIT))
            continue
        if answer.status == 200:
            return answer
        problem = f"HTTP status {answer.status}"
        if answer.status not in _BUSY:
            break
        client.sleep(_wait(answer, attempt))
    raise RegistryError(f"{client.endpoint}: {problem}; run the same command again to go on from here")


def _wait(answer: Answer, attempt: int) -> float:
    """Seconds to wait: Retry-After (RFC 9110), else the `t=` of RateLimit (IETF draft, sent by the hub), or a guess."""
    parts = answer.rate_limit.replace(",", ";").split(";")
    asked = answer.retry_after or next((part.strip()[2:] for part in parts if part.strip().startswith("t=")), "")
    try:
        return min(max(float(asked), 0.0), MAX_WAIT)
    except ValueError:
        return DEFAULT_WAIT if answer.status == 429 else min(2.0**attempt, MAX_WAIT)


def _rows(answer: Answer, address: str) -> list[Mapping[str, object]]:
    try:
        rows = answer.body()
    except ValueError as error:
        raise RegistryError(f"{address}: the answer is not JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        raise RegistryError(f"{address}: the answer is no list of models")
    return rows


def _known_model(row: Mapping[str, object]) -> KnownModel:
    downloads, sha = row.get("downloads"), row.get("sha")
    return KnownModel(
        hub=KnownHub.HUGGINGFACE,
        context_id=str(row["id"]),
        downloads=downloads if isinstance(downloads, int) else None,
        sha=sha if isinstance(sha, str) else None,
    )
