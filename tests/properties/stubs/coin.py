"""What no analysis can know: decisions that the child process makes, trying all of them one run after the other."""

made = []
planned = []
# What no analysis can know; others, one of them empty, in the runs that tell which loads depend on it.
WORDS = ("opaque", "a-thing", "")
word = [WORDS[0]]
asked = []


def decide(count):
    """A number below `count`: as planned, else 0."""
    at = len(made)
    choice = planned[at] % count if at < len(planned) else 0
    made.append((choice, count))
    return choice


def flip():
    return decide(2) == 1


def number(count=3):
    return decide(count)


def pick(*options):
    return options[decide(len(options))]


def text():
    asked.append("text")
    choice = decide(2)
    return f"{word[0]}/{choice}" if word[0] else ""


def keep(value):
    """A function that no analysis looks into."""
    return value
