"""The offline registry of known models: a compact index file, how names lead into it, and how it is built."""
