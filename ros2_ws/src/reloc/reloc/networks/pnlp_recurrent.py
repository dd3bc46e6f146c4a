"""Recurrent layers for the decoder C+LSTM: a map read along its rows and columns, from both ends (ReNet, paper's [49]).

The paper only says "recurrent layers (LSTM) in the decoder to capture long term dependencies [19, 49]". Here, before
each upsampling, LSTMs read the rows from both sides, and then the columns of the result from both sides. The result is
added to the map, so that every place has information about the whole image. This follows Visin et al. 2015, in the
order of [19] (LSTM-CF), turned by 90 degrees.
"""

from __future__ import annotations

from torch import Tensor, nn


class ReNet(nn.Module):
    """Recurrent layers over rows, then over columns, with a shortcut."""

    def __init__(self, channels: int, hidden: int) -> None:
        """Create the layers. ``hidden``: units of each of the four LSTMs."""
        super().__init__()
        self.rows = nn.LSTM(channels, hidden, batch_first=True, bidirectional=True)
        self.columns = nn.LSTM(2 * hidden, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        _, channels, height, width = x.shape
        across = self.rows(x.permute(0, 2, 3, 1).reshape(-1, width, channels))[0]  # (B H, W, 2 hidden)
        down = across.reshape(-1, height, width, across.shape[-1]).permute(0, 2, 1, 3)  # (B, W, H, 2 hidden)
        down = self.columns(down.reshape(-1, height, across.shape[-1]))[0]
        read: Tensor = self.out(down).reshape(-1, width, height, channels).permute(0, 3, 2, 1)
        return x + read
