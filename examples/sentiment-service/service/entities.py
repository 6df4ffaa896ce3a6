"""Products and places that a review names."""

from functools import lru_cache


@lru_cache(maxsize=1)
def language():
    import spacy  # slow to import: only when the first review arrives

    return spacy.load("en_core_web_sm", disable=["parser"])


def entities(text):
    return [(entity.text, entity.label_) for entity in language()(text).ents]
