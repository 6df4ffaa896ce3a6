"""The web application."""

from fastapi import FastAPI

from .classifier import SentimentClassifier
from .embeddings import ReviewSearch
from .entities import entities

app = FastAPI()
classifier = SentimentClassifier()
search = ReviewSearch()


@app.post("/rate")
def rate(review: str):
    return {"positive": classifier.rate([review])[0], "entities": entities(review), "similar": search.similar(review)}
