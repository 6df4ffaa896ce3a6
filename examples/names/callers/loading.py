from transformers import AutoModel


def load(kind, name):
    if kind == "text":
        return AutoModel.from_pretrained(name, revision="main")
    return AutoModel.from_pretrained(f"openai/{name}")
