"""From parsed modules to usage records: names, values, contexts, matches. Knows no terminal or database."""
