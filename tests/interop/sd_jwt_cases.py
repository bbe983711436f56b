"""The YAML cases of the SD-JWT corpus: what is to be issued, what shown, what then seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eid.tokens.sd_jwt import Path as Place

FOLDERS = ("sd-jwt-python", "sd-jwt-draft", "sd-jwt-vc-draft")


@dataclass(frozen=True)
class Hidden:
    """A name or a value that is marked as selectively disclosable."""

    value: Any

    def __hash__(self) -> int:
        return hash(repr(self.value))


class _Loader(yaml.SafeLoader):
    """Reads ``!sd``. Dates stay texts, as in JSON."""


def _hidden(loader: _Loader, node: yaml.Node) -> Hidden:
    if isinstance(node, yaml.MappingNode):
        return Hidden(loader.construct_mapping(node, deep=True))
    if isinstance(node, yaml.SequenceNode):
        return Hidden(loader.construct_sequence(node, deep=True))
    assert isinstance(node, yaml.ScalarNode)
    plain = loader.resolve(yaml.ScalarNode, node.value, (node.style is None, node.style is not None))
    return Hidden(loader.construct_object(yaml.ScalarNode(plain, node.value, style=node.style), deep=True))


_Loader.add_constructor("!sd", _hidden)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Case:
    """One specification."""

    name: str
    claims: dict[str, Any]
    disclosable: list[Place]
    shown: list[Place]
    expected: dict[str, Any] | None
    header: dict[str, Any]
    bound: bool
    decoys: bool
    settings: dict[str, Any]


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)


def cases(corpora: Path) -> Iterator[Case]:
    """Every case of the corpus."""
    for folder in FOLDERS:
        settings = load(corpora / "sd_jwt" / folder / "settings.yml")
        for path in sorted((corpora / "sd_jwt" / folder).glob("*/specification.yml")):
            yield _case(f"{folder}/{path.parent.name}", load(path), settings)


def _case(name: str, found: dict[str, Any], settings: dict[str, Any]) -> Case:
    disclosable: list[Place] = []
    claims = _plain(found["user_claims"], (), disclosable)
    shown = list(_shown(found.get("holder_disclosed_claims") or {}, claims, ()))
    header = found.get("extra_header_parameters") or {}
    override = (found.get("settings_override") or {}).get("key_settings", {})
    keys = {**settings["key_settings"], **override}
    return Case(
        name,
        claims,
        disclosable,
        shown,
        found.get("expect_verified_user_claims"),
        header,
        bool(found.get("key_binding")),
        bool(found.get("add_decoy_claims")),
        {**settings, "key_settings": keys},
    )


def _plain(value: Any, path: Place, disclosable: list[Place]) -> Any:
    """*value* without the marks, which go to *disclosable* as places."""
    if isinstance(value, Hidden):
        disclosable.append(path)
        return _plain(value.value, path, disclosable)
    if isinstance(value, dict):
        plain = {}
        for name, inner in value.items():
            if isinstance(name, Hidden):
                disclosable.append((*path, name.value))
                name = name.value
            plain[name] = _plain(inner, (*path, name), disclosable)
        return plain
    if isinstance(value, list):
        return [_plain(inner, (*path, number), disclosable) for number, inner in enumerate(value)]
    return value


def _shown(wanted: Any, claims: Any, path: Place) -> Iterator[Place]:
    """The places that a tree of wishes chooses; a wish for what is not there chooses nothing."""
    if isinstance(wanted, dict) and isinstance(claims, dict):
        for name in wanted.keys() & claims.keys():
            yield from _shown(wanted[name], claims[name], (*path, name))
    elif isinstance(wanted, list) and isinstance(claims, list):
        for number, (wish, claim) in enumerate(zip(wanted, claims, strict=False)):
            yield from _shown(wish, claim, (*path, number))
    elif wanted and path:
        yield path
