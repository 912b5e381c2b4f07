"""Judges spectrograms band by band, so that the decoder gives texture instead of an average."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from model.sound.spectrum import BINS

EDGES = (0, 64, 192, 448, BINS)
"""Bins between which the bands lie: 1.5, 4.5 and 10.5 kHz."""
WIDTH = 32
CHECKPOINT = "critic.pt"
SAVE_EVERY = 500
MATCHING = 2.0
"""Weight of the likeness of the critic's own features to its verdict."""


class Band(nn.Module):
    """The critic of one band: a picture of log magnitudes → what each layer sees, the verdict last."""

    def __init__(self, width: int) -> None:
        super().__init__()
        strides = ((1, 1), (1, 2), (2, 2), (1, 2))
        widths = (1, width, width, 2 * width, 2 * width)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(enters, leaves, (3, 9), stride, (1, 4)))
            for enters, leaves, stride in zip(widths, widths[1:], strides, strict=False)
        )
        self.verdict = weight_norm(nn.Conv2d(widths[-1], 1, (3, 3), padding=(1, 1)))

    def forward(self, x: Tensor) -> list[Tensor]:
        """(batch, slices, bins) → pictures."""
        x, seen = x[:, None] / 4.0, []
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), 0.1)
            seen.append(x)
        return [*seen, self.verdict(x)]


class Critic:
    """Learns beside the autoencoder, with an optimizer and a checkpoint of its own."""

    def __init__(self, folder: Path, device: str) -> None:
        self._bands = nn.ModuleList(Band(WIDTH) for _ in EDGES[1:]).to(device)
        self._optimizer = torch.optim.AdamW(self._bands.parameters(), lr=2e-4, betas=(0.8, 0.99))
        self._path, self._asked = folder / CHECKPOINT, 0
        if self._path.exists():
            saved = torch.load(self._path, weights_only=True)
            self._bands.load_state_dict(saved["bands"])
            self._optimizer.load_state_dict(saved["optimizer"])

    def judge(self, found: Tensor, true: Tensor) -> Tensor:
        """Learn from decoded and true levels (batch, slices, BINS), then return what the decoder is to lessen."""
        self._learn(found.detach(), true)
        loss = torch.zeros((), device=found.device)
        for band, low, high in zip(self._bands, EDGES, EDGES[1:], strict=False):
            with torch.no_grad():
                wanted = band(true[..., low:high])
            *seen, verdict = band(found[..., low:high])
            matched = [
                (one - other).abs().mean() / (other.abs().mean() + 1e-5) for one, other in zip(seen, wanted, strict=False)
            ]
            loss = loss + (verdict - 1.0).square().mean() + MATCHING * torch.stack(matched).mean()
        return loss / len(self._bands)

    def _learn(self, found: Tensor, true: Tensor) -> None:
        loss = torch.zeros((), device=found.device)
        for band, low, high in zip(self._bands, EDGES, EDGES[1:], strict=False):
            real, made = band(true[..., low:high])[-1], band(found[..., low:high])[-1]
            loss = loss + (real - 1.0).square().mean() + made.square().mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._asked += 1
        if self._asked % SAVE_EVERY == 0:
            torch.save({"bands": self._bands.state_dict(), "optimizer": self._optimizer.state_dict()}, self._path)
