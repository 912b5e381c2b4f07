"""The backbone: shapes, switches, and what linear attention promises."""

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: see EXTRAS in the Makefile")

from torch import Tensor

from model.attention import linear_attention
from model.layers import rotary, rotate, shifted
from model.transformer import Conditions, FlowTransformer, TransformerConfig

TINY = TransformerConfig(
    channels=6, known=5, melody=4, tags=3, sentence=8, width=16, layers=2, heads=2, inner=8, melody_width=8, auxiliary=2
)
BATCH, FRAMES = 3, 10


@pytest.fixture
def module() -> FlowTransformer:
    torch.manual_seed(0)
    made = FlowTransformer(TINY)
    torch.nn.init.normal_(made.leave.weight, std=0.1)
    return made.eval()


def conditions(seed: int = 1) -> Conditions:
    random = torch.Generator().manual_seed(seed)
    return Conditions(
        torch.randn(BATCH, FRAMES, 5, generator=random),
        torch.randn(BATCH, FRAMES, 4, generator=random),
        torch.ones(BATCH, FRAMES),
        torch.randn(BATCH, 8, generator=random),
        torch.rand(BATCH, 3, generator=random),
        torch.ones(BATCH, FRAMES),
    )


def state() -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(2)
    return torch.randn(BATCH, FRAMES, 6, generator=random), torch.rand(BATCH, generator=random)


def test_the_velocity_has_the_shape_of_the_latent(module: FlowTransformer) -> None:
    velocity, said = module(*state(), conditions())
    assert velocity.shape == (BATCH, FRAMES, 6)
    assert said is not None
    assert said.shape == (BATCH, FRAMES, 2)


def test_a_strength_of_nought_silences_the_melody_wholly(module: FlowTransformer) -> None:
    one, other = conditions(1), conditions(1)._replace(melody=torch.randn(BATCH, FRAMES, 4))
    heard = [module(*state(), c)[0] for c in (one, other)]
    silent = [module(*state(), c._replace(melody_strength=torch.zeros(BATCH, FRAMES)))[0] for c in (one, other)]
    assert not torch.allclose(*heard)
    assert torch.equal(*silent)


def test_a_strength_of_nought_silences_the_text_wholly(module: FlowTransformer) -> None:
    one, other = conditions(1), conditions(1)._replace(sentence=torch.randn(BATCH, 8), tags=torch.rand(BATCH, 3))
    heard = [module(*state(), c)[0] for c in (one, other)]
    silent = [module(*state(), c._replace(text_strength=torch.zeros(BATCH, FRAMES)))[0] for c in (one, other)]
    assert not torch.allclose(*heard)
    assert torch.equal(*silent)


def test_conditions_encoded_once_serve_every_step(module: FlowTransformer) -> None:
    encoded = module.encode(conditions())
    assert torch.equal(module.velocity(*state(), encoded)[0], module(*state(), conditions())[0])


def test_songs_of_a_batch_do_not_hear_each_other(module: FlowTransformer) -> None:
    x, time = state()
    together = module(x, time, conditions())[0][:1]
    alone = module(x[:1], time[:1], Conditions(*(tensor[:1] for tensor in conditions())))[0]
    assert torch.allclose(together, alone, atol=1e-5)


def test_linear_attention_is_the_sum_over_all_pairs() -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 1, 1, 5, 4).unbind()
    positions = rotary(5, 4, torch.device("cpu"))
    none = (torch.ones_like(positions[0]), torch.zeros_like(positions[1]))
    weights = torch.relu(query) @ torch.relu(key).transpose(-1, -2)
    expected = weights @ value / (weights.sum(-1, keepdim=True) + 1e-6)
    assert torch.allclose(linear_attention(query, key, value, none), expected, atol=1e-5)


def test_rotary_positions_make_attention_depend_on_distance_only() -> None:
    torch.manual_seed(0)
    query, key = torch.randn(2, 1, 1, 1, 8).unbind()
    turned = rotate(query.expand(1, 1, 12, 8), rotary(12, 8, torch.device("cpu")))
    keys = rotate(key.expand(1, 1, 12, 8), rotary(12, 8, torch.device("cpu")))
    scores = (turned @ keys.transpose(-1, -2))[0, 0]
    assert torch.allclose(scores.diagonal(3)[0], scores.diagonal(3)[5], atol=1e-4)
    assert not torch.allclose(scores[0, 0], scores[0, 3], atol=1e-3)


def test_a_token_shift_mixes_in_the_frame_before_and_the_frame_after() -> None:
    x = torch.arange(12.0).view(1, 3, 4)
    found = shifted(x)
    assert found[0, :, 0].tolist() == [0.0, 0.0, 4.0]
    assert found[0, :, 1].tolist() == [5.0, 9.0, 0.0]
    assert torch.equal(found[..., 2:], x[..., 2:])
