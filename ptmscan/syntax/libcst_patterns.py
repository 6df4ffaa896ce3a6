"""Patterns of `match`: libCST nodes to the neutral tree."""

from __future__ import annotations

import libcst as cst

from ptmscan.syntax import nodes as n
from ptmscan.syntax.libcst_expressions import Positions, identifier, lower


def lower_pattern(node: cst.MatchPattern, at: Positions) -> n.Pattern:
    """Lower one pattern of a `case`. Total: a pattern of an unknown kind captures nothing and matches anything."""
    match node:
        case cst.MatchValue() | cst.MatchSingleton():
            return n.PatternValue(lower(node.value, at))
        case cst.MatchAs():
            return _as(node, at)
        case cst.MatchOr():
            return n.PatternOr(tuple([lower_pattern(e.pattern, at) for e in node.patterns]))
        case cst.MatchList() | cst.MatchTuple():
            return n.PatternSequence(tuple([_element(e, at) for e in node.patterns]))
        case cst.MatchMapping():
            items = tuple([(lower(e.key, at), lower_pattern(e.pattern, at)) for e in node.elements])
            return n.PatternMapping(items, identifier(node.rest.value) if node.rest is not None else None)
        case cst.MatchClass():
            positional = tuple([lower_pattern(e.value, at) for e in node.patterns])
            keywords = tuple([(identifier(k.key.value), lower_pattern(k.pattern, at)) for k in node.kwds])
            return n.PatternClass(lower(node.cls, at), positional, keywords)
        case _:
            return n.PatternCapture(None)


def _as(node: cst.MatchAs, at: Positions) -> n.Pattern:
    name = identifier(node.name.value) if node.name is not None else None
    if node.pattern is None or name is None:
        return n.PatternCapture(name)
    return n.PatternAs(lower_pattern(node.pattern, at), name)


def _element(node: cst.MatchSequenceElement | cst.MatchStar, at: Positions) -> n.Pattern:
    if isinstance(node, cst.MatchStar):
        return n.PatternStar(identifier(node.name.value) if node.name is not None else None)
    return lower_pattern(node.value, at)
