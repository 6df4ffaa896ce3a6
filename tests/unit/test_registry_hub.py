"""The models of the hub come page by page through huggingface_hub, with patience, and an interrupted build goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ptmscan.registry.building import Builder
from ptmscan.registry.hub import MAX_TRIES, MAX_WAIT, Client, add_hub, hub_client
from ptmscan.registry.index import Registry, RegistryError

NAMES = [f"org/model-{number}" for number in range(10)]
PER_PAGE = 3


@dataclass
class Hub:
    """A local server that speaks the models API of the hub: pages of three, the next one named by a Link header."""

    address: str = ""
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    troubles: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    next_host: str | None = None

    def page(self, query: dict[str, list[str]]) -> tuple[dict[str, str], bytes]:
        start = int(query.get("cursor", ["0"])[0])
        rows = [
            {"_id": "x", "id": name, "downloads": len(NAMES) - number, "sha": f"{number:040x}"}
            for number, name in enumerate(NAMES)
        ][start : start + PER_PAGE]
        end = start + PER_PAGE
        link = {}
        if end < len(NAMES):
            link["Link"] = f'<{self.next_host or self.address}/api/models?limit=3&cursor={end}>; rel="next"'
        return link, json.dumps(rows).encode()


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, headers, body = 200, {}, b""
            if state.troubles:
                status, headers, body = state.troubles.pop(0)
            if not body and status == 200:
                headers, body = state.page(parse_qs(urlsplit(self.path).query))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Waits:
    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def client(hub: Hub, waits: Waits | None = None) -> Client:
    return Client(hub.address, hub_client(hub.address).get, waits or Waits())


def built(path: Path, asked: Client) -> list[str]:
    with Builder(path) as builder:
        add_hub(builder, asked)
        builder.finish()
    with Registry(path) as registry:
        return [model.context_id for model in registry.models()]


def test_every_page_is_asked_once_and_every_model_is_there(hub: Hub, tmp_path: Path) -> None:
    seen: list[int] = []
    with Builder(tmp_path / "known") as builder:
        add_hub(builder, client(hub), seen.append)
        assert builder.finish() == len(NAMES)
    assert seen == [3, 6, 9, 10]
    assert [parse_qs(urlsplit(path).query).get("cursor") for path in hub.asked] == [None, ["3"], ["6"], ["9"]]
    first = parse_qs(urlsplit(hub.asked[0]).query)
    assert (first["limit"], first["expand[]"]) == (["1000"], ["downloads", "sha"])
    assert "ptmscan/" in hub.headers[0]["user-agent"]
    with Registry(tmp_path / "known") as registry:
        models = {model.context_id: model for model in registry.models()}
    assert sorted(models) == NAMES
    assert (models["org/model-2"].downloads, models["org/model-2"].sha) == (8, f"{2:040x}")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"RateLimit": '"api";r=0;t=55', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}, 55.0),
        ({"Retry-After": "99999"}, MAX_WAIT),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60.0),
        ({}, 60.0),
    ],
)
def test_a_rate_limit_is_waited_for(hub: Hub, tmp_path: Path, headers: dict[str, str], expected: float) -> None:
    hub.troubles = [(200, {}, b""), (429, headers, b"slow down")]
    waits = Waits()
    assert built(tmp_path / "known", client(hub, waits)) == NAMES
    assert waits.seconds == [expected]


def test_an_error_of_the_server_is_tried_again_and_then_told(hub: Hub, tmp_path: Path) -> None:
    hub.troubles = [(503, {}, b"")] * 2
    waits = Waits()
    assert built(tmp_path / "known", client(hub, waits)) == NAMES
    assert waits.seconds == [1.0, 2.0]
    hub.troubles = [(503, {}, b"")] * MAX_TRIES
    with pytest.raises(RegistryError, match="HTTP status 503; run the same command again"):
        built(tmp_path / "other", client(hub))


def test_an_interrupted_build_goes_on_from_the_page_it_lacks(hub: Hub, tmp_path: Path) -> None:
    hub.troubles = [(200, {}, b""), (200, {}, b""), (401, {}, b"no")]
    path = tmp_path / "known"
    with pytest.raises(RegistryError, match="HTTP status 401"):
        built(path, client(hub))
    assert not path.exists()
    hub.asked.clear()
    assert built(path, client(hub)) == NAMES
    assert [parse_qs(urlsplit(asked).query)["cursor"] for asked in hub.asked] == [["6"], ["9"]]
    assert [file.name for file in tmp_path.iterdir()] == ["known"]


def test_all_pages_there_but_not_finished_asks_nothing_again(hub: Hub, tmp_path: Path) -> None:
    with Builder(tmp_path / "known") as builder:
        add_hub(builder, client(hub))
    hub.asked.clear()
    assert built(tmp_path / "known", client(hub)) == NAMES
    assert hub.asked == []


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[3]", b'[{"id": 3}]'])
def test_an_answer_that_is_no_list_of_models_is_refused(hub: Hub, tmp_path: Path, body: bytes) -> None:
    hub.troubles = [(200, {}, body)]
    with pytest.raises(RegistryError, match=r"the answer is (not JSON|no list of models)"):
        built(tmp_path / "known", client(hub))


def test_a_next_page_on_another_host_is_not_asked(hub: Hub, tmp_path: Path) -> None:
    hub.next_host = "http://elsewhere.example"
    with pytest.raises(RegistryError, match="sends us to another host"):
        built(tmp_path / "known", client(hub))
    assert len(hub.asked) == 1


def test_nobody_there(tmp_path: Path) -> None:
    waits = Waits()
    nobody = "http://127.0.0.1:9"
    with pytest.raises(RegistryError, match="run the same command again"):
        built(tmp_path / "known", Client(nobody, hub_client(nobody).get, waits))
    assert len(waits.seconds) == MAX_TRIES


def test_the_token_of_huggingface_hub_is_sent(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_thisisnotatoken")
    built(tmp_path / "known", client(hub))
    assert hub.headers[-1]["authorization"] == "Bearer hf_thisisnotatoken"
