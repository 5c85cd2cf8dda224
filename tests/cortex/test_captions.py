"""Captions: projection, accuracy, consensus, keywords, CLIPCap and trust."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import spearmanr

from striate.errors import InputError
from striate_cortex import caption_accuracy, project
from striate_cortex.captions import projection
from striate_cortex.captions.beam import beam_search
from striate_cortex.captions.choosing import choose_caption
from striate_cortex.captions.clipcap import load_clipcap
from striate_cortex.captions.consensus import compose, consensus
from striate_cortex.captions.facets import find_facets
from striate_cortex.captions.keywords import candidate_words, choose_keywords, sentence
from striate_cortex.captions.repeats import project_repeats
from striate_cortex.captions.shuffling import diversity, shuffle_test
from striate_cortex.captions.trust import (
    agreement,
    counterfactual,
    generic_scores,
    predict_sentence,
    rerank,
)
from striate_cortex.captions.words import share_of_words, word_counts, words_of
from striate_cortex.encoding import EncodingModel

RNG = np.random.default_rng(0)

# ---- Projection


def test_a_projection_by_hand():
    library = np.array([[2.0, 0], [0, 4.0]])
    found = project([[5.0, 0]], library, tau=1, top=2)
    s = np.exp(1) / (np.exp(1) + 1)
    mix = np.array([s, 1 - s])
    expected = (2 * s + 4 * (1 - s)) * mix / np.linalg.norm(mix)
    assert np.allclose(found.vectors, [expected])
    assert found.effective_n == pytest.approx(1 / (s**2 + (1 - s) ** 2))
    assert found.top.tolist() == [[0, 1]]
    assert np.allclose(found.top_weights, [[s, 1 - s]])


def test_the_limits_of_temperature_are_the_nearest_and_the_mean():
    library, w = RNG.standard_normal((30, 4)), RNG.standard_normal((1, 4))
    length = np.linalg.norm(library, axis=1)
    unit = library / length[:, None]
    cold, hot = project(w, library, tau=1e-5), project(w, library, tau=1e6)
    nearest = int(np.argmax(unit @ w[0]))
    assert np.allclose(cold.vectors, library[nearest], atol=1e-5)
    assert cold.effective_n == pytest.approx(1)
    middle = unit.mean(0)
    expected = length.mean() * middle / np.linalg.norm(middle)
    assert np.allclose(hot.vectors, expected, atol=1e-4)
    assert hot.effective_n == pytest.approx(30, rel=1e-4)


def test_weights_of_zero_have_no_projection():
    found = project(np.zeros((1, 4)), np.eye(4))
    assert np.isnan(found.vectors).all()


def test_pieces_thin_shares_and_many_units_change_nothing(monkeypatch):
    rng = np.random.default_rng(5)
    library, w = rng.standard_normal((70, 6)), rng.standard_normal((9, 6))
    length = np.linalg.norm(library, axis=1)
    cosine = w @ (library / length[:, None]).T
    cosine /= np.linalg.norm(w, axis=1, keepdims=True)
    s = np.exp((cosine - cosine.max(1, keepdims=True)) / 0.02)
    s /= s.sum(1, keepdims=True)
    mix = s @ (library / length[:, None])
    expected = (s @ length)[:, None] * mix / np.linalg.norm(mix, axis=1, keepdims=True)
    monkeypatch.setattr(projection, "_ITEMS", 16)
    monkeypatch.setattr(projection, "_UNITS", 4)
    marks = np.arange(70) < 20
    for sparse in (0.0, 1.0):
        monkeypatch.setattr(projection, "_SPARSE", sparse)
        found = project(w, library, tau=0.02, top=5, lengths=length, marks=marks)
        assert np.allclose(found.vectors, expected, atol=1e-4)
        assert np.allclose(found.effective_n, 1 / (s**2).sum(1), rtol=1e-4)
        assert np.array_equal(found.top, np.argsort(-s, axis=1)[:, :5])
        assert np.allclose(found.top_weights, -np.sort(-s, axis=1)[:, :5], atol=1e-5)
        assert np.allclose(found.marked[:, 0], s[:, :20].sum(1), atol=1e-5)


def test_repeats_average_over_halves_of_the_library():
    rng = np.random.default_rng(6)
    library, w = rng.standard_normal((40, 5)), rng.standard_normal((3, 5))
    once = project_repeats(w, library, repeats=1, top=4)
    assert np.array_equal(once.vectors, project(w, library, top=4).vectors)
    found = project_repeats(w, library, repeats=3, tau=0.1, top=4, seed=2)
    draw, halves = np.random.default_rng(2), []
    for _ in range(3):
        halves.append(np.sort(draw.choice(40, 20, replace=False)))
    each = [project(w, library[rows], tau=0.1, top=4) for rows in halves]
    assert np.allclose(found.vectors, np.mean([e.vectors for e in each], 0), atol=1e-5)
    shares = np.zeros(40)
    for rows, e in zip(halves, each, strict=True):
        shares[rows[e.top[0]]] += e.top_weights[0] / 3
    assert found.top[0].tolist() == np.argsort(-shares, kind="stable")[:4].tolist()
    assert np.allclose(found.top_weights[0], np.sort(shares)[::-1][:4], atol=1e-6)


# ---- Accuracy


def test_accuracy_is_the_rank_correlation_of_likeness_and_activity():
    captions, stimuli = RNG.standard_normal((3, 5)), RNG.standard_normal((20, 2, 5))
    activity = RNG.standard_normal((20, 3))

    def cosine(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    for v, rho in enumerate(caption_accuracy(captions, stimuli, activity)):
        likeness = [np.mean([cosine(captions[v], c) for c in i]) for i in stimuli]
        assert rho == pytest.approx(spearmanr(likeness, activity[:, v]).statistic)


def test_shuffling_costs_accuracy_where_units_differ_and_nothing_where_they_do_not():
    stimuli = RNG.standard_normal((60, 1, 8))
    unit = stimuli[:, 0] / np.linalg.norm(stimuli[:, 0], axis=1, keepdims=True)
    different = RNG.standard_normal((6, 8))
    alike = np.tile(RNG.standard_normal(8), (6, 1))
    captions = np.concatenate([different, alike])
    activity = unit @ captions.T
    regions = {"varied": np.arange(12) < 6, "uniform": np.arange(12) >= 6,
               "one": np.arange(12) == 0}  # fmt: skip
    found = shuffle_test(captions, stimuli, activity, regions, shuffles=40)
    assert set(found) == {"varied", "uniform"}
    assert found["varied"].accuracy == pytest.approx(1)
    assert found["varied"].shuffled.mean() < 0.6
    assert found["varied"].p == pytest.approx(1 / 41, abs=0.03)
    assert found["uniform"].shuffled.mean() == pytest.approx(1)
    assert found["uniform"].p == 1


def test_diversity_by_hand():
    same = diversity(["a dog"] * 3, np.tile([[0, 2.0]], (3, 1)))
    assert (same.words, same.variance, same.dimensions) == (2, 0, 0)
    apart = diversity(["a dog", "a cat"], [[1, 0], [-1, 0]])
    assert (apart.words, apart.dimensions) == (3, 1)
    assert apart.variance == pytest.approx(1)


# ---- Captions that are there


def test_a_caption_is_chosen_by_agreement_and_by_saying_more_than_any_does():
    vectors = np.array([[1, 0], [1, 0.1], [0.9, 0.25]])
    captions = [["people", "people standing"], ["people"], ["a zebra grazing"]]
    counts = {"people": 900, "standing": 50, "zebra": 2, "grazing": 1}
    alike = np.ones(3)
    assert choose_caption(captions, vectors, alike, counts).text == "people"
    held_back = choose_caption(captions, vectors, alike, counts, pmi=0.2)
    assert held_back.text == "a zebra grazing"
    # Of one item's captions, the one whose words are most in all of them.
    two = [["a red bus", "a street"], ["a bus"]]
    # Red 0.9, bus 1.0, street 0.9: "bus" is in both items.
    found = choose_caption(two, np.eye(2), np.array([0.9, 0.1]), {})
    assert found.text == "a red bus"


def test_consensus_is_the_text_most_like_the_others():
    texts = ["a dog", "a puppy", "a hound", "a plane"]
    c, d = np.cos(np.radians(20)), np.sin(np.radians(20))
    vectors = [[1, 0, 0], [c, d, 0], [c, -d, 0], [0, 0, 1]]
    found = consensus(texts, vectors)
    assert found.text == "a dog"
    assert found.agreement == pytest.approx(2 * c / 3)
    # What counts for nothing does not speak for the others.
    pair = ["a dog", "a puppy", "a jet", "a plane"]
    apart = [[1, 0, 0], [c, d, 0], [0, 0.1, 1], [0, 0, 1]]
    assert consensus(pair, apart, [0.05, 0.05, 0.4, 0.5]).text in ("a jet", "a plane")
    assert consensus(pair, apart, [0.4, 0.5, 0.05, 0.05]).text in ("a dog", "a puppy")
    assert consensus(["alone"], [[1, 0]]).agreement == 1
    with pytest.raises(InputError, match="needs texts"):
        consensus([], np.zeros((0, 2)))


def test_concepts_are_composed_where_there_are_no_captions():
    assert (
        compose(["dog", "apple", "sky"], [4, 3, 1]) == "a photo of a dog and an apple"
    )
    assert compose(["dog"], [-1]) == ""


def test_words_of_a_caption():
    assert words_of("A man's dog, standing on the beach!") == ["man's", "dog", "beach"]
    assert word_counts(["a dog and a dog", "dog cat"]) == {"dog": 2, "cat": 1}
    assert share_of_words(["a man runs", "two trees", "people eating"]) == 2 / 3


def test_keywords_prefer_words_of_this_unit_over_common_ones():
    captions = [["a red bus on a street"], ["bus at a street corner"], ["a bus"]]
    background = {"bus": 3, "street": 200, "red": 1, "corner": 1}
    ranked = candidate_words(captions, [1, 1, 1], background)
    # Seven words: tf(bus) = 3/7, log(1 + 7/3).
    assert ranked[0] == ("bus", pytest.approx(3 / 7 * np.log(1 + 7 / 3)))
    assert ranked[-1][0] == "street"


def test_keywords_fit_the_weights_five_at_most():
    table = {"face": [1, 0], "person": [0.95, 0.3], "tree": [0, 1]}
    table |= {f"w{i}": [1, 0.01 * i] for i in range(8)}

    def embed(texts):
        return np.array([table[t.removeprefix("a photo of a ")] for t in texts], float)

    kept = choose_keywords([3, 0], ["tree", "person", "face"], embed)
    assert [k.word for k in kept] == ["face", "person"]
    assert kept[0].cosine == pytest.approx(1)
    many = choose_keywords([1, 0], [f"w{i}" for i in range(8)], embed)
    assert len(many) == 5
    assert choose_keywords([0, 0], ["tree"], embed) == []
    assert sentence(["face", "eyes", "apple"]) == "a photo of a face, eyes and an apple"


# ---- Beam search and CLIPCap


def toy(tokens=3):
    """Log-probabilities that depend on the whole prefix, the same each time."""

    def following(prefixes):
        rows = []
        for prefix in prefixes:
            rng = np.random.default_rng([7, *prefix])
            p = rng.dirichlet(np.ones(tokens))
            rows.append(np.log(p))
        return np.array(rows)

    return following


def exhaustive(following, stop, tokens, longest):
    """All sequences that end with the stop, or at the longest, with mean log p."""
    found = {}
    for n in range(1, longest + 1):
        for sequence in product(range(tokens), repeat=n):
            early = stop in sequence[:-1]
            if early or (sequence[-1] != stop and n < longest):
                continue
            total = sum(following([sequence[:i]])[0][t] for i, t in enumerate(sequence))
            found[sequence] = total / n
    return found


def test_beam_search_equals_exhaustive_search_on_a_toy():
    following = toy()
    everything = exhaustive(following, stop=0, tokens=3, longest=4)
    found = beam_search(following, 0, beams=200, longest=4)
    best = sorted(everything, key=lambda s: -everything[s])
    assert [b.tokens for b in found[:5]] == best[:5]
    assert found[0].score == pytest.approx(everything[best[0]])


def test_five_beams_end_in_order_and_one_beam_is_greedy():
    following = toy(tokens=6)
    found = beam_search(following, 0, beams=5, longest=8)
    assert len(found) == 5
    assert found == sorted(found, key=lambda b: -b.score)
    greedy: tuple[int, ...] = ()
    while len(greedy) < 8 and greedy[-1:] != (0,):
        greedy = (*greedy, int(np.argmax(following([greedy])[0])))
    assert beam_search(following, 0, beams=1, longest=8)[0].tokens == greedy


@pytest.fixture
def published(tmp_path):
    """A randomly initialised CLIPCap in the published layout, small."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    torch.manual_seed(0)
    words = {w: i for i, w in enumerate([".", "a", "dog", "cat", "runs", "[UNK]"])}
    model = tokenizers.models.WordLevel(words, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = transformers.GPT2Config(
        vocab_size=6, n_embd=16, n_layer=2, n_head=2, n_positions=80
    )
    gpt = transformers.GPT2LMHeadModel(config).eval()
    state = {f"gpt.{k}": v for k, v in gpt.state_dict().items()}
    # Files of that time hold the causal mask of each layer too.
    for layer in range(2):
        state[f"gpt.transformer.h.{layer}.attn.bias"] = torch.ones(1, 1, 80, 80).bool()
        state[f"gpt.transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    for name, shape in (("0", (40, 8)), ("2", (10 * 16, 40))):
        state[f"clip_project.model.{name}.weight"] = 0.3 * torch.randn(shape)
        state[f"clip_project.model.{name}.bias"] = torch.randn(shape[0])
    path = tmp_path / "coco_weights.pt"
    torch.save(state, path)
    return SimpleNamespace(path=path, tokens=tmp_path / "tokenizer.json", state=state,
                           gpt=gpt)  # fmt: skip


def test_clipcap_loads_the_published_layout_and_says_what_is_most_probable(published):
    torch = pytest.importorskip("torch")
    made = load_clipcap(published.path, published.tokens, heads=2)
    vector = np.random.default_rng(1).standard_normal(8).astype(np.float32)
    text, score = made.caption(vector, beams=300, longest=3)

    state = published.state
    hidden = torch.tanh(
        state["clip_project.model.0.weight"] @ torch.tensor(vector)
        + state["clip_project.model.0.bias"]
    )
    prefix = state["clip_project.model.2.weight"] @ hidden
    prefix = (prefix + state["clip_project.model.2.bias"]).reshape(1, 10, 16)

    def following(prefixes):
        with torch.no_grad():
            ids = torch.tensor(prefixes, dtype=torch.long).reshape(1, -1)
            states = torch.cat([prefix, published.gpt.transformer.wte(ids)], 1)
            logits = published.gpt(inputs_embeds=states).logits[:, -1]
            return logits.double().log_softmax(-1).numpy()

    everything = exhaustive(following, stop=0, tokens=6, longest=3)
    best = max(everything, key=lambda s: everything[s])
    assert score == pytest.approx(everything[best], abs=1e-5)
    assert text == made.decode(list(best)).strip()


def test_clipcap_refuses_other_vectors_and_other_files(published, tmp_path):
    torch = pytest.importorskip("torch")
    made = load_clipcap(published.path, published.tokens, heads=2)
    with pytest.raises(InputError, match="8 dimensions"):
        made.caption(np.zeros(384))
    other = tmp_path / "other.pt"
    torch.save({"linear.weight": torch.zeros(2, 2)}, other)
    with pytest.raises(InputError, match="no CLIPCap of the published layout"):
        load_clipcap(other, published.tokens)


# ---- Trust


def test_agreement_of_folds():
    same = np.tile(RNG.standard_normal((1, 1, 4)), (3, 1, 1))
    opposed = np.array([[[1.0, 0]], [[-1.0, 0]]])
    assert agreement(same) == pytest.approx(1)
    assert agreement(opposed) == pytest.approx(-1)


def test_generic_captions_fall_behind():
    background = {"people": 900, "standing": 50, "zebra": 2, "grazing": 1}
    texts = ["people people", "a zebra grazing"]
    generic = generic_scores(texts, background)
    assert generic[0] > generic[1]
    # The generic one fits a little better by itself, and less beyond chance.
    assert rerank([0.5, 0.45], generic, weight=0).tolist() == [0, 1]
    assert rerank([0.5, 0.45], generic).tolist() == [1, 0]


class Words:
    """Texts as counts of two words."""

    space = SimpleNamespace(name="words", dimension=2)

    def embed_texts(self, texts):
        return np.array([[t.count("face"), t.count("tree")] for t in texts], float)


def test_a_sentence_predicts_and_a_counterfactual_tells_what_the_concept_adds():
    model = EncodingModel(
        np.array([[2.0, 0], [0, 3.0]]), np.array([1.0, 1]), np.ones(2), "words"
    )
    assert predict_sentence(model, Words(), "a face").tolist() == [3, 1]
    pairs = [("a face by a tree", "a tree"), ("a face", "a wall")]
    assert counterfactual(model, Words(), pairs).difference.tolist() == [2, 0]
    with pytest.raises(InputError, match="empty"):
        predict_sentence(model, Words(), " ")
    other = EncodingModel(model.weights, model.intercept, model.alpha, "clip")
    with pytest.raises(InputError, match=r"of clip .* encoder is words"):
        predict_sentence(other, Words(), "a face")


def test_facets_are_the_clusters_of_top_images():
    def around(centre, n):
        return np.array(centre) + 0.05 * RNG.standard_normal((n, 3))

    two = np.concatenate([around([1, 0, 0], 6), around([0, 1, 0], 12)])
    found = find_facets(two)
    assert [sorted(f.items) for f in found] == [list(range(6, 18)), list(range(6))]
    assert [f.share for f in found] == [pytest.approx(12 / 18), pytest.approx(6 / 18)]
    assert len(find_facets(two[:1])) == 1
    rng = np.random.default_rng(3)
    assert len(find_facets(rng.standard_normal((30, 40)))) == 1
