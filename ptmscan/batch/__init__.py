"""A directory of clones: which there are, a child process for each, what became of them, and their records."""
