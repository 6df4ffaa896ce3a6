"""Positive or negative?"""

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from .config import SENTIMENT_MODEL, SENTIMENT_REVISION


class SentimentClassifier:
    def __init__(self, device="cpu"):
        self.tokenizer = AutoTokenizer.from_pretrained(SENTIMENT_MODEL, revision=SENTIMENT_REVISION)
        self.model = AutoModelForSequenceClassification.from_pretrained(
            SENTIMENT_MODEL,
            revision=SENTIMENT_REVISION,
        ).to(device)
        self.device = device

    @torch.inference_mode()
    def rate(self, texts):
        batch = self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to(self.device)
        scores = self.model(**batch).logits.softmax(dim=-1)
        return scores[:, 1].tolist()
