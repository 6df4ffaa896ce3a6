"""For which task a call loads a model, as the pipelines of transformers name tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptmscan.records import UsageRecord

# What stands behind `For` in class names of transformers (models/auto/modeling_auto.py, pipelines/__init__.py).
_BY_HEAD = {
    "AudioClassification": "audio-classification",
    "CausalLM": "text-generation",
    "CTC": "automatic-speech-recognition",
    "DepthEstimation": "depth-estimation",
    "DocumentQuestionAnswering": "document-question-answering",
    "ImageClassification": "image-classification",
    "ImageSegmentation": "image-segmentation",
    "ImageTextToText": "image-text-to-text",
    "InstanceSegmentation": "image-segmentation",
    "MaskedLM": "fill-mask",
    "MaskGeneration": "mask-generation",
    "ObjectDetection": "object-detection",
    "QuestionAnswering": "question-answering",
    "SemanticSegmentation": "image-segmentation",
    "Seq2SeqLM": "text2text-generation",
    "SequenceClassification": "text-classification",
    "SpeechSeq2Seq": "automatic-speech-recognition",
    "TableQuestionAnswering": "table-question-answering",
    "TokenClassification": "token-classification",
    "UniversalSegmentation": "image-segmentation",
    "VideoClassification": "video-classification",
    "Vision2Seq": "image-to-text",
    "VisualQuestionAnswering": "visual-question-answering",
    "ZeroShotImageClassification": "zero-shot-image-classification",
    "ZeroShotObjectDetection": "zero-shot-object-detection",
}
# Other names that `transformers.pipeline` takes for a task (TASK_ALIASES), and the tasks that carry languages.
_ALIASES = {
    "sentiment-analysis": "text-classification",
    "ner": "token-classification",
    "vqa": "visual-question-answering",
}
_TASK = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+|summarization|translation(?:_\w+)?")
_MAX_TASK = 60
_CLASS = re.compile(r"\.(?:[A-Z]\w*?)For(?P<head>[A-Z]\w*)\.")


def task_of(usage: UsageRecord) -> str | None:
    """The task that the called class or the argument `task` of a pipeline tells, or None."""
    if usage.library != "transformers":
        return None
    if usage.resolved_to.endswith(".pipeline"):
        return _of_pipeline(usage.arguments.get("task"))
    found = _CLASS.search(usage.resolved_to)
    return _BY_HEAD.get(found["head"]) if found else None


def _of_pipeline(task: object) -> str | None:
    if not isinstance(task, str) or len(task) > _MAX_TASK:
        return None
    task = _ALIASES.get(task, task)
    return task.partition("_")[0] if _TASK.fullmatch(task) else None
