"""The rules, each with its id, its default severity and what to do about a finding; docs/rules.md is made from them."""

from __future__ import annotations

from ptmscan.policy.model import Rule, Severity

NEW_MODEL = Rule(
    "PTM001",
    "new-model",
    "The code loads a model that the baseline does not list.",
    Severity.ERROR,
    "Look at what the model is and where it comes from. `ptmscan baseline update` accepts it; the change of "
    "`.ptmscan-baseline.json` is then part of the review. A load whose model is not known counts as new when no load "
    "in the same function was accepted for it.",
)
REPINNED_MODEL = Rule(
    "PTM002",
    "repinned-model",
    "The code loads a listed model at a revision that the baseline does not list.",
    Severity.ERROR,
    "Another revision is another file: compare both on the hub. `ptmscan baseline update` accepts the new one.",
)
UNPINNED_MODEL = Rule(
    "PTM003",
    "unpinned-model",
    "A model of the Hugging Face hub is loaded without a full commit hash as its revision.",
    Severity.NOTE,
    'Give the 40 hexadecimal digits of a commit: `from_pretrained("org/name", revision="<commit>")`. A branch or a tag '
    "can be moved by whoever owns the repository, an abbreviated hash may become ambiguous. A revision that only the "
    "running program knows counts as none.",
)
DENIED_MODEL = Rule(
    "PTM004",
    "denied-model",
    "A model matches a pattern of `deny`.",
    Severity.ERROR,
    "Load another model, or change `deny` in the configuration.",
)
NOT_ALLOWED_MODEL = Rule(
    "PTM005",
    "not-allowed-model",
    "There is a list `allow`, and a model matches none of its patterns.",
    Severity.ERROR,
    "Load a model that is allowed, or add a pattern to `allow` in the configuration. Loads whose model is not known "
    "cannot be judged by names: let `unknown-model` be an error where the list is meant to be complete.",
)
REMOTE_CODE = Rule(
    "PTM006",
    "remote-code",
    "A model is loaded with `trust_remote_code=True`: Python files of its repository are run.",
    Severity.WARNING,
    "Leave the argument out if the library knows the architecture by now. Else read the files, and pin the revision "
    "to the commit that was read.",
)
UNPINNED_SOURCE = Rule(
    "PTM007",
    "unpinned-source",
    "`torch.hub` runs code of a repository that is not tied to a full commit hash.",
    Severity.WARNING,
    'Name a commit: `torch.hub.load("owner/repository:<40 hexadecimal digits>", "entry")`. Without one the default '
    "branch is downloaded and run.",
)
UNKNOWN_MODEL = Rule(
    "PTM008",
    "unknown-model",
    "A call loads a model, and none that it may load is known.",
    Severity.NOTE,
    "`ptmscan explain PATH:LINE` tells why. Write the name where the code can be read: a constant, a table, a default, "
    "a configuration file of the repository.",
)
INVALID_IGNORE = Rule(
    "PTM009",
    "invalid-ignore",
    "An ignore comment names no rule, a rule that does not exist, or no reason, and therefore ignores nothing.",
    Severity.ERROR,
    "Write `# ptmscan: ignore[PTM003] why this is right here`, with one or several rules between the brackets.",
)
UNUSED_IGNORE = Rule(
    "PTM010",
    "unused-ignore",
    "An ignore comment names a rule that finds nothing there.",
    Severity.WARNING,
    "Remove the rule from the comment, or the comment. It belongs on a line of the call, or alone on the line above.",
)
NEW_USE = Rule(
    "PTM011",
    "new-use",
    "A call that the baseline does not list loads a model that it does list.",
    Severity.NOTE,
    "For teams that review each place where a model is loaded. `ptmscan baseline update` accepts it.",
    enabled=False,
)
OPEN_MODEL = Rule(
    "PTM012",
    "open-model",
    "Models that a call loads are known, but it may load others too.",
    Severity.NOTE,
    "An option, an environment variable or an unseen caller decides. Check the name against a table of models where it "
    "enters the program.",
    enabled=False,
)

RULES = (
    NEW_MODEL,
    REPINNED_MODEL,
    UNPINNED_MODEL,
    DENIED_MODEL,
    NOT_ALLOWED_MODEL,
    REMOTE_CODE,
    UNPINNED_SOURCE,
    UNKNOWN_MODEL,
    INVALID_IGNORE,
    UNUSED_IGNORE,
    NEW_USE,
    OPEN_MODEL,
)
# They compare with a baseline, so they say nothing in a run without one.
BASELINE_RULES = frozenset({NEW_MODEL.id, REPINNED_MODEL.id, NEW_USE.id})

_BY_WORD = {word: rule for rule in RULES for word in (rule.id, rule.name)}


def find_rule(word: str) -> Rule | None:
    """The rule of that id or name; case is of no account."""
    return _BY_WORD.get(word.upper()) or _BY_WORD.get(word.lower())


def unknown_rule(word: str) -> str:
    """The complaint about a word that names no rule, with the rule that may have been meant."""
    words = tuple(_BY_WORD)
    from difflib import get_close_matches

    close = get_close_matches(word.upper(), words, n=1) or get_close_matches(word.lower(), words, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {RULES[0].id} to {RULES[-1].id}"
    return f"no rule {word!r}; {hint}"
