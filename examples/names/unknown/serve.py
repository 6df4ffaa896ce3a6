from transformers import pipeline


def answer(request):
    return pipeline("text-generation", model=request.json["model"])
