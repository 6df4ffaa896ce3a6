"""Two parsers behind one neutral tree: see docs/architecture.md."""
