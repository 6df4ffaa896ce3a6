"""Customers may bring their own model."""

from transformers import AutoModelForSequenceClassification

_loaded = {}


def customer_model(request):
    name = request.query_params["model"]
    if name not in _loaded:
        _loaded[name] = AutoModelForSequenceClassification.from_pretrained(name, trust_remote_code=False)
    return _loaded[name]
