"""Fine-tunes the sentiment classifier on our own reviews."""

import argparse

from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reviews")
    parser.add_argument("--base-model", default="distilbert-base-uncased")
    parser.add_argument("--output", default="models/sentiment")
    return parser.parse_args()


def main():
    args = parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.base_model)
    model = AutoModelForSequenceClassification.from_pretrained(args.base_model, num_labels=2)
    trainer = Trainer(model=model, args=TrainingArguments(args.output), tokenizer=tokenizer)
    trainer.train()
    # A folder of our own, not a model of a hub.
    AutoModelForSequenceClassification.from_pretrained("./models/sentiment").eval()


if __name__ == "__main__":
    main()
