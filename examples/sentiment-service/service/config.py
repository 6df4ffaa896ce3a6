"""The service's settings, in one place."""

SENTIMENT_MODEL = "distilbert-base-uncased-finetuned-sst-2-english"
SENTIMENT_REVISION = "714eb0fa89d2f80546fda750413ed43d93601a13"
ORGANISATION = "facebook"


class SearchDefaults:
    encoder = "sentence-transformers/all-MiniLM-L6-v2"
    top_k = 5
