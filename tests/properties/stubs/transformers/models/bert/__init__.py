from transformers import BertModel, BertTokenizer  # noqa: F401
