#!/bin/sh
for size in base large; do
  python train.py --model "FacebookAI/roberta-$size"
done
