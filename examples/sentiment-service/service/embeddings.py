"""Finds reviews that say the same."""

from sentence_transformers import SentenceTransformer, util

from service.config import SearchDefaults


class ReviewSearch:
    model_name = SearchDefaults.encoder

    def __init__(self):
        self.encoder = SentenceTransformer(self.model_name)
        self.texts = []
        self.vectors = None

    def index(self, texts):
        self.texts = list(texts)
        self.vectors = self.encoder.encode(self.texts, convert_to_tensor=True)

    def similar(self, text, top_k=SearchDefaults.top_k):
        query = self.encoder.encode(text, convert_to_tensor=True)
        hits = util.semantic_search(query, self.vectors, top_k=top_k)[0]
        return [self.texts[hit["corpus_id"]] for hit in hits]
