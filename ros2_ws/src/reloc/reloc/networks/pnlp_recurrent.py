"""Recurrent layers for the decoder C+LSTM: a map read along its rows and columns, from both ends (ReNet, paper's [49]).

The paper says no more than "recurrent layers (LSTM) in the decoder to capture long term dependencies [19, 49]".
Derived: before each step up, rows are read by an LSTM from left and from right, then columns of what that gives from
above and from below (Visin et al. 2015, in the order of [19], LSTM-CF, turned by 90 degrees), and the result is added
to the map: so every place knows of the whole image.
"""

from __future__ import annotations

from torch import Tensor, nn


class ReNet(nn.Module):
    """Rows, then columns, beside a shortcut."""

    def __init__(self, channels: int, hidden: int) -> None:
        """``hidden``: units of each of the four readers."""
        super().__init__()
        self.rows = nn.LSTM(channels, hidden, batch_first=True, bidirectional=True)
        self.columns = nn.LSTM(2 * hidden, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        _, channels, height, width = x.shape
        across = self.rows(x.permute(0, 2, 3, 1).reshape(-1, width, channels))[0]  # (B H, W, 2 hidden)
        down = across.reshape(-1, height, width, across.shape[-1]).permute(0, 2, 1, 3)  # (B, W, H, 2 hidden)
        down = self.columns(down.reshape(-1, height, across.shape[-1]))[0]
        read: Tensor = self.out(down).reshape(-1, width, height, channels).permute(0, 3, 2, 1)
        return x + read
