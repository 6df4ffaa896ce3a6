"""One sentence for a hundred reviews."""

from transformers import AutoTokenizer, BartForConditionalGeneration

from service.config import ORGANISATION

SIZE = "large"
CHECKPOINT = f"{ORGANISATION}/bart-{SIZE}-cnn"


class Summarizer(BartForConditionalGeneration):
    @classmethod
    def default(cls):
        return cls.from_pretrained(CHECKPOINT)


def summarize(texts):
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    batch = tokenizer(" ".join(texts), truncation=True, return_tensors="pt")
    output = Summarizer.default().generate(**batch, max_new_tokens=60)
    return tokenizer.decode(output[0], skip_special_tokens=True)
