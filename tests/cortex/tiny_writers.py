"""Models that write, randomly initialised and small, in their published layouts."""

from __future__ import annotations

import json

WORDS = (".", "a", "dog", "cat", "face", "runs", ",", ":", "[UNK]", "[DEC]", "[SEP]")


def tokenizer_file(path):
    """Write a tokenizer.json with a handful of words."""
    import tokenizers

    words = {w: i for i, w in enumerate(WORDS)}
    model = tokenizers.models.WordLevel(words, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["[DEC]", "[SEP]"])
    tokenizer.save(str(path))
    return path


def card_file(folder, name, task, weights, **details):
    """Write a card of one's own for weights in the same folder."""
    card = {
        "format": "striate-model-card-1", "id": name, "title": name.title(),
        "task": task, "source": {"path": str(folder / weights)}, "licence": "CC0",
        "details": details,
    }  # fmt: skip
    path = folder / f"{name}.json"
    path.write_text(json.dumps(card))
    return path


def clipcap_file(path, dimension=3):
    """A CLIPCap as coco_weights.pt has it, with the masks of its time."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(WORDS), n_embd=16, n_layer=1, n_head=2, n_positions=80
    )
    gpt = transformers.GPT2LMHeadModel(config)
    state = {f"gpt.{k}": v for k, v in gpt.state_dict().items()}
    state["gpt.transformer.h.0.attn.bias"] = torch.ones(1, 1, 80, 80).bool()
    state["gpt.transformer.h.0.attn.masked_bias"] = torch.tensor(-1e4)
    for name, shape in (("0", (40, dimension)), ("2", (10 * 16, 40))):
        state[f"clip_project.model.{name}.weight"] = 0.3 * torch.randn(shape)
        state[f"clip_project.model.{name}.bias"] = torch.randn(shape[0])
    torch.save(state, path)


BLIP = {
    "text_config": {
        "vocab_size": len(WORDS), "hidden_size": 16, "intermediate_size": 16,
        "num_hidden_layers": 1, "num_attention_heads": 2, "encoder_hidden_size": 16,
        "projection_dim": 16, "max_position_embeddings": 40, "bos_token_id": 9,
        "eos_token_id": 10, "sep_token_id": 10, "pad_token_id": 0,
    },
    "vision_config": {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "image_size": 32, "patch_size": 16,
        "projection_dim": 16,
    },
    "projection_dim": 16,
}  # fmt: skip


def blip_file(path):
    """A BLIP as pytorch_model.bin has it, with a buffer of older versions."""
    import torch
    import transformers

    torch.manual_seed(0)
    model = transformers.BlipForConditionalGeneration(transformers.BlipConfig(**BLIP))
    state = model.state_dict()
    state["text_decoder.bert.embeddings.position_ids"] = torch.arange(40)[None]
    torch.save(state, path)
    return model.eval()


QWEN = {
    "model_type": "qwen2", "vocab_size": len(WORDS), "hidden_size": 16,
    "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "num_key_value_heads": 1, "tie_word_embeddings": True, "rope_theta": 1000000.0,
}  # fmt: skip


def qwen_file(path):
    """A Qwen 2 as its model.safetensors has it: no head, it is tied."""
    import safetensors.torch
    import torch
    import transformers

    torch.manual_seed(0)
    values = {k: v for k, v in QWEN.items() if k != "model_type"}
    config = transformers.AutoConfig.for_model("qwen2", **values)
    model = transformers.AutoModelForCausalLM.from_config(config)
    state = {k: v.contiguous() for k, v in model.state_dict().items()
             if k != "lm_head.weight"}  # fmt: skip
    safetensors.torch.save_file(state, path)
    return model.eval()
