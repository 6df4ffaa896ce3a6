"""Package URLs: the spellings of the specification, as its own Python library builds them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL
from samples import PIN, model

from ptmscan.report.purl import purl_of

# The last two are examples of types/huggingface-definition.json and types/github-definition.json of the specification.
TABLE = [
    ("google-bert/bert-base-uncased", {}, "pkg:huggingface/google-bert/bert-base-uncased"),
    ("org/Name", {"revision": PIN}, f"pkg:huggingface/org/Name@{PIN}"),
    ("org/name", {"revision": PIN.upper()}, f"pkg:huggingface/org/name@{PIN}"),
    ("org/name", {"revision": "main"}, "pkg:huggingface/org/name"),
    ("org/name", {"revision": PIN[:12]}, "pkg:huggingface/org/name"),
    ("name-without-owner", {"id": None}, None),
    ("name-without-owner", {}, None),
    ("a/b/c", {}, None),
    ("org/na me", {}, None),
    ("Owner/Repo/resnet50", {"hub": "pytorch-hub"}, "pkg:github/owner/repo#resnet50"),
    ("owner/repo/Entry", {"hub": "pytorch-hub", "revision": "v1/x y"}, "pkg:github/owner/repo@v1%2Fx%20y#Entry"),
    ("owner/repo/Entry", {"hub": "pytorch-hub", "revision": "a b:c"}, "pkg:github/owner/repo@a%20b:c#Entry"),
    ("owner/repo", {"hub": "pytorch-hub"}, None),
    ("torchvision/resnet50", {"hub": "torchvision", "revision": "IMAGENET1K_V2"}, "pkg:pypi/torchvision"),
    ("xx_pipeline", {"hub": "spacy", "id": None}, "pkg:generic/xx_pipeline"),
    ("clip/ViT-B/32", {"hub": "library"}, None),
    ("https://x.org/a.pt", {"hub": "url"}, None),
    ("./here", {"hub": "local", "id": None}, None),
    ("x", {"hub": None, "id": None}, None),
    (
        "EleutherAI/gpt-neo-1.3B",
        {"revision": "797174552AE47F449AB70B684CABCB6603E5E85E"},
        "pkg:huggingface/EleutherAI/gpt-neo-1.3B@797174552ae47f449ab70b684cabcb6603e5e85e",
    ),
    (
        "package-url/purl-spec/everybody",
        {"hub": "pytorch-hub", "revision": "244fd47e07d1004"},
        "pkg:github/package-url/purl-spec@244fd47e07d1004#everybody",
    ),
]


@pytest.mark.parametrize(("name", "changes", "purl"), TABLE)
def test_purl_of_a_model(name: str, changes: dict[str, Any], purl: str | None) -> None:
    assert purl_of(model(name, **changes)) == purl


# The library leaves slashes of a version as they are, the specification (PURL encoding rules) does not.
@pytest.mark.parametrize("purl", [purl for _, _, purl in TABLE if purl and "%2F" not in purl])
def test_the_library_of_the_specification_spells_it_so(purl: str) -> None:
    assert PackageURL.from_string(purl).to_string() == purl


@given(
    hub=st.sampled_from(["huggingface", "pytorch-hub", "spacy"]),
    name=st.text(max_size=40),
    revision=st.none() | st.text(min_size=1, max_size=20),
)
def test_any_name_gives_a_purl_that_reads_back_or_none(hub: str, name: str, revision: str | None) -> None:
    purl = purl_of(model(f"org/{name}", hub=hub, revision=revision))
    if purl is not None:
        read = PackageURL.from_string(purl)
        assert read.name
        assert read.version in {None, revision}
