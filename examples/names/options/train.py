import argparse

from transformers import AutoModel


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="google-bert/bert-base-uncased")
    args = parser.parse_args()
    AutoModel.from_pretrained(args.model)


if __name__ == "__main__":
    main()
