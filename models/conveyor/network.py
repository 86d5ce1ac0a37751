"""The conveyor detector: a small anchor-free network in the manner of YOLOX, one output cell per 16 × 16 px."""

import torch
from torch import nn

STRIDE = 16
MEAN, STD = 90.0, 64.0


class Conv(nn.Sequential):
    """Convolution, batch normalisation, ReLU. The normalisation is folded into the convolution for export."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """Two convolutions with a way around them; the first narrows."""

    def __init__(self, channels: int):
        super().__init__()
        self.narrow = Conv(channels, channels // 2, 1)
        self.widen = Conv(channels // 2, channels)

    def forward(self, x):
        return x + self.widen(self.narrow(x))


class Detector(nn.Module):
    """
    Input:  [B, 3, H, W], RGB, (x − 90) / 64 of 0…255; H and W are multiples of 16.
    Output: [B, H/16 · W/16, 5 + classes]: x, y, width, height (raw), objectness and class scores. The scores are logits
            until `deployed` is set, then 0…1.
    """

    def __init__(self, classes: int, widths: tuple[int, int, int, int, int]):
        super().__init__()
        a, b, c, d, e = widths
        self.stem = Conv(3, a, 3, 2)
        self.quarter = Conv(a, b, 3, 2)
        self.eighth = nn.Sequential(Conv(b, c, 3, 2), Residual(c), Residual(c))
        self.sixteenth = nn.Sequential(Conv(c, d, 3, 2), Residual(d), Residual(d))
        self.wide = nn.Sequential(Conv(d, d, 3, 2), Residual(d))
        self.merge = Conv(2 * d, e, 1)
        self.cls = nn.Sequential(Conv(e, e), nn.Conv2d(e, classes, 1))
        self.reg = nn.Sequential(Conv(e, e), nn.Conv2d(e, 5, 1))
        self.deployed = False
        nn.init.constant_(self.cls[-1].bias, -2.0)
        nn.init.constant_(self.reg[-1].bias[4:], -4.0)
        nn.init.constant_(self.reg[-1].bias[2:4], 0.9)

    def forward(self, x):
        x = self.quarter(self.stem(x))
        x = self.sixteenth(self.eighth(x))
        rows, columns = int(x.shape[2]), int(x.shape[3])
        far = nn.functional.interpolate(self.wide(x), size=(rows, columns), mode="nearest")
        x = self.merge(torch.cat([x, far], 1))
        reg, cls = self.reg(x), self.cls(x)
        if self.deployed:
            # The limits are far outside of what parts need; they keep the boxes of a damaged model finite.
            size = reg[:, 2:4].clamp(-4, 4)
            reg, cls = torch.cat([reg[:, :2], size, reg[:, 4:].sigmoid()], 1), cls.sigmoid()
        out = torch.cat([reg, cls], 1)
        return out.reshape(1 if self.deployed else -1, out.shape[1], rows * columns).transpose(1, 2)


def fold_normalisation(module: nn.Module) -> nn.Module:
    """Replaces every `Conv` by one convolution with bias and a ReLU; the module must be in eval mode."""
    for name, child in module.named_children():
        if isinstance(child, Conv):
            fused = nn.utils.fusion.fuse_conv_bn_eval(child[0], child[1])
            setattr(module, name, nn.Sequential(fused, nn.ReLU()))
        else:
            fold_normalisation(child)
    return module
