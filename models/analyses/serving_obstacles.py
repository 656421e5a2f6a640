"""Why the serving of a language model on some accelerators is not computed: what the roofline does not know."""

from __future__ import annotations

from functools import lru_cache

from models.catalog.accelerators import Accelerator, LanguageModel
from models.words import Text


@lru_cache(maxsize=4096)
def obstacle(
    model: LanguageModel, accelerator: Accelerator, tensor_parallel: int, input_tokens: float, output_tokens: float
) -> str:
    """Return the sentence that says why this combination is not computed, or an empty one."""
    name = Text(
        "{model} on {cards} × {accelerator}", model=model.name, cards=tensor_parallel, accelerator=accelerator.name
    )
    if tensor_parallel < 1:
        return Text("{name}: tensor parallelism must be at least 1.", name=name)
    if output_tokens < 1 or input_tokens < 1:
        return Text("{name}: a request needs at least one input and one output token.", name=name)
    if input_tokens + output_tokens > model.context:
        total = f"{input_tokens + output_tokens:,.0f}"
        return Text(
            "{name}: {total} tokens exceed the context of {context}; shorten the prompt or the answer.",
            name=name,
            total=total,
            context=f"{model.context:,}",
        )
    if accelerator.calibration == "none":
        return Text(
            "{name} has no calibration, so its speed is not known; enter a benchmark of your own.",
            name=accelerator.name,
        )
    if tensor_parallel > 1 and accelerator.link is None:
        return Text(
            "{name}: the link between cards is not known; use one card or enter a benchmark.", name=accelerator.name
        )
    if tensor_parallel > 2 and accelerator.link != "nvlink":
        return Text(
            "{name}: more than 2 cards without NVLink is outside the model; use pipeline parallelism or measure.",
            name=name,
        )
    if tensor_parallel > 1 and not model.latent_attention and model.kv_heads % tensor_parallel:
        return Text(
            "{name}: tensor parallelism {tensor_parallel} does not divide the {kv_heads} key-value "
            "heads, which would be replicated; use a divisor or measure.",
            name=name,
            tensor_parallel=tensor_parallel,
            kv_heads=model.kv_heads,
        )
    return ""
