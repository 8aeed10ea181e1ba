"""A sentence-transformers model with two small layers of chance weights: tuned in a second."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def make_tiny_encoder(folder: Path, texts: Iterable[str], *, width: int = 32) -> Path:
    """Write one that knows the words of these texts; the same each time."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = sorted({word.lower() for text in texts for word in text.split()})
    source = folder.with_name(f"{folder.name}-parts")
    source.mkdir(parents=True, exist_ok=True)
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (source / "vocab.txt").write_text("\n".join(names), encoding="utf-8")
    BertTokenizerFast(vocab=str(source / "vocab.txt")).save_pretrained(str(source))
    config = BertConfig(
        vocab_size=len(names), hidden_size=width, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=2 * width, max_position_embeddings=64,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(str(source))
    transformer = Transformer(str(source), max_seq_length=48)
    SentenceTransformer(modules=[transformer, Pooling(width)], device="cpu").save_pretrained(str(folder))
    return folder
