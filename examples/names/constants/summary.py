from transformers import AutoModelForSeq2SeqLM

from settings import CHECKPOINTS


class Summary:
    size = "small"

    def load(self):
        return AutoModelForSeq2SeqLM.from_pretrained(CHECKPOINTS[self.size])
