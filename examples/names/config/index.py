from pathlib import Path

import yaml
from sentence_transformers import SentenceTransformer

SETTINGS = yaml.safe_load((Path(__file__).parent / "model.yaml").read_text())
encoder = SentenceTransformer(SETTINGS["encoder"]["name"])
