from loading import load

text = load("text", "distilbert/distilbert-base-uncased")
image = load("image", "clip-vit-base-patch32")
