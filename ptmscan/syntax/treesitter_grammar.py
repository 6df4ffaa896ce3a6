"""The grammar's numbers. A node's `kind_id` is compared in a third of the time that its `type` takes."""

from __future__ import annotations

import tree_sitter_python
from tree_sitter import Language

LANGUAGE = Language(tree_sitter_python.language())


def kind(name: str, *, is_named: bool = True) -> int:
    """The number of a node kind; is_named=False for tokens such as `=`.

    Raises:
        LookupError: the installed grammar has no such kind.
    """
    found = LANGUAGE.id_for_node_kind(name, is_named)
    if found is None:
        raise LookupError(f"tree-sitter-python has no node kind {name!r}")
    return found


def field(name: str) -> int:
    """The number of a field.

    Raises:
        LookupError: the installed grammar has no such field.
    """
    found = LANGUAGE.field_id_for_name(name)
    if found is None:
        raise LookupError(f"tree-sitter-python has no field {name!r}")
    return found


COMMENT = kind("comment")
LINE_CONTINUATION = kind("line_continuation")
IDENTIFIER = kind("identifier")
ATTRIBUTE = kind("attribute")
SUBSCRIPT = kind("subscript")
CALL = kind("call")
ARGUMENT_LIST = kind("argument_list")
PATTERN_LIST = kind("pattern_list")
PARENTHESIZED = kind("parenthesized_expression")
TYPE = kind("type")
ASSIGNMENT = kind("assignment")
AUGMENTED_ASSIGNMENT = kind("augmented_assignment")
EXPRESSION_LIST = kind("expression_list")
CHEVRON = kind("chevron")
BLOCK = kind("block")
CASE_CLAUSE = kind("case_clause")
CASE_PATTERN = kind("case_pattern")
ELSE_CLAUSE = kind("else_clause")
EXCEPT_CLAUSE = kind("except_clause")
FINALLY_CLAUSE = kind("finally_clause")
WITH_CLAUSE = kind("with_clause")
WITH_ITEM = kind("with_item")
AS_PATTERN = kind("as_pattern")
DECORATOR = kind("decorator")
CLASS_DEFINITION = kind("class_definition")
TYPED_PARAMETER = kind("typed_parameter")
DEFAULT_PARAMETER = kind("default_parameter")
TYPED_DEFAULT_PARAMETER = kind("typed_default_parameter")
LIST_SPLAT_PATTERN = kind("list_splat_pattern")
DICTIONARY_SPLAT_PATTERN = kind("dictionary_splat_pattern")
TUPLE_PATTERN = kind("tuple_pattern")
POSITIONAL_SEPARATOR = kind("positional_separator")
KEYWORD_SEPARATOR = kind("keyword_separator")
EQUALS = kind("=", is_named=False)
SEMICOLON = kind(";", is_named=False)
COMMA = kind(",", is_named=False)

EXTRAS = frozenset((COMMENT, LINE_CONTINUATION))

NAME_FIELD = field("name")
ALIAS_FIELD = field("alias")
VALUE_FIELD = field("value")
TYPE_FIELD = field("type")
LEFT_FIELD = field("left")
RIGHT_FIELD = field("right")
OPERATOR_FIELD = field("operator")
OBJECT_FIELD = field("object")
ATTRIBUTE_FIELD = field("attribute")
FUNCTION_FIELD = field("function")
CONDITION_FIELD = field("condition")
CONSEQUENCE_FIELD = field("consequence")
ALTERNATIVE_FIELD = field("alternative")
BODY_FIELD = field("body")
PARAMETERS_FIELD = field("parameters")
SUPERCLASSES_FIELD = field("superclasses")
DEFINITION_FIELD = field("definition")
SUBJECT_FIELD = field("subject")
GUARD_FIELD = field("guard")
MODULE_NAME_FIELD = field("module_name")
