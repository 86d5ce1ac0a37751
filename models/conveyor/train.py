"""
Trains both variants of the conveyor model and writes them as ONNX. One command does everything, from the pictures to
the bundle, in less than an hour on two cores:

    python3 models/conveyor/train.py

Needs PyTorch 1.13 or later (CPU), onnx, numpy, and Node 20 with this package built (`npm run build`). `--variant` takes one of
the two, `--epochs` overrides how long, `--export-only` skips the training, `--out` says where the ONNX files go
(default: beside this script).
The random numbers are seeded; another processor may still round sums differently and end at slightly other weights.
"""

import argparse
import copy
import json
import math
import subprocess
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from evaluate import average_precision, decode
from network import MEAN, STD, STRIDE, Detector, fold_normalisation

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / ".cache" / "conveyor"
CLASSES = 12
BATCH = 32
MAX_PARTS = 32

# Input size, channels from the first stage to the head, passes over the pictures.
VARIANTS = {
    "standard": {"size": (384, 224), "widths": (8, 16, 40, 64, 56), "epochs": 14},
    "small": {"size": (256, 144), "widths": (8, 16, 32, 64, 48), "epochs": 20},
}


def load(split: str, size: tuple[int, int], which: int):
    """Pictures [N, H, W, 3] u8, parts [N, MAX_PARTS, 6] (class, centre x, y, width, height, visible; class −1 for none)."""
    width, height = size
    pictures = np.fromfile(DATA / f"{split}-{width}x{height}.u8", np.uint8).reshape(-1, height, width, 3)
    parts = np.full((len(pictures), MAX_PARTS, 6), -1, np.float32)
    with open(DATA / f"{split}.jsonl") as lines:
        for i, line in enumerate(lines):
            for k, item in enumerate(json.loads(line)["items"][:MAX_PARTS]):
                x, y, w, h = item["boxes"][which]
                parts[i, k] = item["classId"], x + w / 2, y + h / 2, w, h, item["visible"]
    return torch.from_numpy(pictures), torch.from_numpy(parts)


def augment(pictures: torch.Tensor, parts: torch.Tensor, generator: torch.Generator):
    """Mirrors, shifts, light, contrast, colour cast and noise. The parts are not chiral, so a mirrored one keeps its class."""
    x = pictures.permute(0, 3, 1, 2).float()
    parts = parts.clone()
    batch, _, height, width = x.shape
    real = parts[..., 0] >= 0
    rand = lambda *shape: torch.rand(*shape, generator=generator)
    for axis, column, extent in ((3, 1, width), (2, 2, height)):
        flip = rand(batch) < 0.5
        x[flip] = x[flip].flip(axis)
        parts[..., column] = torch.where(flip[:, None] & real, extent - parts[..., column], parts[..., column])
    # One shift for the whole batch: the edge rows and columns are repeated.
    dx, dy = (int(v) for v in torch.randint(-STRIDE // 2, STRIDE // 2 + 1, (2,), generator=generator))
    x = nn.functional.pad(x, (max(dx, 0), max(-dx, 0), max(dy, 0), max(-dy, 0)), mode="replicate")
    x = x[:, :, max(-dy, 0) : max(-dy, 0) + height, max(-dx, 0) : max(-dx, 0) + width]
    parts[..., 1] += dx * real
    parts[..., 2] += dy * real
    gain = (0.75 + 0.5 * rand(batch, 1, 1, 1)) * (0.94 + 0.12 * rand(batch, 3, 1, 1))
    offset = 24 * (rand(batch, 1, 1, 1) - 0.5)
    x = x * gain + offset
    noisy = rand(batch, 1, 1, 1) ** 2 * 8
    x = x + noisy * torch.randn(x.shape, generator=generator)
    x = x.round().clamp(0, 255)
    return ((x - MEAN) / STD).contiguous(memory_format=torch.channels_last), parts


def assign(parts: torch.Tensor, grid: tuple[int, int]):
    """
    Which part each cell answers for: [B, N] index or −1, and [B, N] true where the objectness is not judged.
    A cell answers for the nearest part whose centre is less than 1.1 cells away along both axes.
    """
    rows, columns = grid
    cell_y, cell_x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    cells = torch.stack([cell_x, cell_y], -1).reshape(-1, 2).float() * STRIDE + STRIDE / 2
    away = (cells[None, :, None] - parts[:, None, :, 1:3]).abs()  # B, N, parts, 2
    real = (parts[..., 0] >= 0)[:, None]
    whole = (parts[..., 5] >= 0.5)[:, None]
    near = (away < 1.1 * STRIDE).all(-1) & real & whole
    distance = away.pow(2).sum(-1).masked_fill(~near, 1e9)
    nearest = distance.argmin(-1)
    owner = torch.where(near.any(-1), nearest, torch.full_like(nearest, -1))
    aside = ((away < parts[:, None, :, 3:5] / 2).all(-1) & real & ~whole).any(-1) & (owner < 0)
    return owner, aside, cells


def box_loss(predicted: torch.Tensor, wanted: torch.Tensor):
    """1 − GIoU and IoU of boxes given as centre and size."""
    low = torch.maximum(predicted[:, :2] - predicted[:, 2:] / 2, wanted[:, :2] - wanted[:, 2:] / 2)
    high = torch.minimum(predicted[:, :2] + predicted[:, 2:] / 2, wanted[:, :2] + wanted[:, 2:] / 2)
    inter = (high - low).clamp(min=0).prod(1)
    union = predicted[:, 2:].prod(1) + wanted[:, 2:].prod(1) - inter
    iou = inter / union.clamp(min=1e-6)
    hull_low = torch.minimum(predicted[:, :2] - predicted[:, 2:] / 2, wanted[:, :2] - wanted[:, 2:] / 2)
    hull_high = torch.maximum(predicted[:, :2] + predicted[:, 2:] / 2, wanted[:, :2] + wanted[:, 2:] / 2)
    hull = (hull_high - hull_low).prod(1).clamp(min=1e-6)
    return 1 - (iou - (hull - union) / hull), iou


def loss(output: torch.Tensor, parts: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """YOLOX's: boxes by GIoU, classes by cross-entropy weighted with the box's quality, objectness over all cells."""
    owner, aside, cells = assign(parts, grid)
    positive = owner >= 0
    count = positive.sum().clamp(min=1)
    picture, cell = positive.nonzero(as_tuple=True)
    wanted = parts[picture, owner[picture, cell]]
    raw = output[picture, cell]
    corner = cells[cell] - STRIDE / 2
    centre = raw[:, :2] * STRIDE + corner
    size = raw[:, 2:4].clamp(-3, 3).exp() * STRIDE
    boxes, iou = box_loss(torch.cat([centre, size], 1), wanted[:, 1:5])
    exact = (centre - wanted[:, 1:3]).abs().sum(1) / STRIDE + (raw[:, 2:4] - (wanted[:, 3:5] / STRIDE).log()).abs().sum(1)
    target = nn.functional.one_hot(wanted[:, 0].long(), CLASSES) * iou.detach().clamp(min=0)[:, None]
    classes = nn.functional.binary_cross_entropy_with_logits(raw[:, 5:], target, reduction="none").sum(1)
    objectness = nn.functional.binary_cross_entropy_with_logits(output[..., 4], positive.float(), reduction="none")
    objectness = (objectness * ~aside).sum()
    return (5 * boxes.sum() + 0.5 * exact.sum() + classes.sum() + objectness) / count


@torch.no_grad()
def evaluate(model: nn.Module, pictures: torch.Tensor, parts: torch.Tensor, grid: tuple[int, int]) -> list[float]:
    """AP at IoU 0.5 of each class on pictures as the camera made them."""
    model.eval()

    def results():
        for start in range(0, len(pictures), BATCH):
            x = (pictures[start : start + BATCH].permute(0, 3, 1, 2).float() - MEAN) / STD
            output = model(x.contiguous(memory_format=torch.channels_last))
            output[..., 4:] = output[..., 4:].sigmoid()
            for out, truth in zip(output.numpy(), parts[start : start + BATCH].numpy()):
                truth = truth[truth[:, 0] >= 0]
                corners = np.concatenate([truth[:, 1:3] - truth[:, 3:5] / 2, truth[:, 1:3] + truth[:, 3:5] / 2], 1)
                yield decode(out, grid, 0.05), corners, truth[:, 0].astype(int), truth[:, 5]

    return average_precision(results(), CLASSES)


def train(name: str, which: int, epochs: int) -> None:
    """Trains one variant and keeps its state in the cache as `<name>.pt`."""
    size, widths = VARIANTS[name]["size"], VARIANTS[name]["widths"]
    grid = (size[1] // STRIDE, size[0] // STRIDE)
    torch.manual_seed(7)
    generator = torch.Generator().manual_seed(11)
    pictures, parts = load("train", size, which)
    check_pictures, check_parts = load("check", size, which)
    model = Detector(CLASSES, widths).to(memory_format=torch.channels_last)
    smooth = copy.deepcopy(model).eval()
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0}])
    steps_per_epoch = len(pictures) // BATCH
    total = epochs * steps_per_epoch
    started = time.time()
    step = 0
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(pictures), generator=generator)
        running = 0.0
        for i in range(steps_per_epoch):
            rate = 3e-3 * min(1, (step + 1) / 200) * (0.01 + 0.99 * (1 + math.cos(math.pi * step / total)) / 2)
            for group in optimiser.param_groups:
                group["lr"] = rate
            chosen = order[i * BATCH : (i + 1) * BATCH]
            x, truth = augment(pictures[chosen], parts[chosen], generator)
            value = loss(model(x), truth, grid)
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 20)
            optimiser.step()
            keep = min(0.998, (1 + step) / (10 + step))
            with torch.no_grad():
                for a, b in zip(smooth.state_dict().values(), model.state_dict().values()):
                    if a.dtype.is_floating_point:
                        a.lerp_(b, 1 - keep)
                    else:
                        a.copy_(b)
            running += float(value)
            step += 1
        line = f"{name} epoch {epoch + 1}/{epochs} loss {running / steps_per_epoch:.3f} {time.time() - started:.0f} s"
        if epoch % 4 == 3 or epoch == epochs - 1:
            aps = evaluate(smooth, check_pictures, check_parts, grid)
            line += f" mAP50 {np.mean(aps):.4f} [{' '.join(f'{ap:.3f}' for ap in aps)}]"
            torch.save(smooth.state_dict(), DATA / f"{name}.pt")
        print(line, flush=True)


def export(name: str, path: Path) -> None:
    """Writes the last state of a variant as ONNX, with folded normalisation, fixed shapes and sigmoids in the graph."""
    size = VARIANTS[name]["size"]
    model = Detector(CLASSES, VARIANTS[name]["widths"])
    model.load_state_dict(torch.load(DATA / f"{name}.pt"))
    model = fold_normalisation(model.eval())
    model.deployed = True
    picture = torch.zeros(1, 3, size[1], size[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, picture, str(path), opset_version=13, input_names=["images"], output_names=["output"])
    graph = onnx.load(str(path))
    graph.producer_name, graph.producer_version, graph.doc_string = "reflexarc", "1", ""
    for node in graph.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))
    print(f"{path.name}: {path.stat().st_size} bytes", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description="Trains the conveyor model.")
    arguments.add_argument("--variant", choices=list(VARIANTS))
    arguments.add_argument("--epochs", type=int)
    arguments.add_argument("--export-only", action="store_true", help="write ONNX from the last training's states")
    arguments.add_argument("--out", type=Path, default=HERE)
    options = arguments.parse_args()
    torch.set_num_threads(2)
    if not (DATA / "train.jsonl").exists():
        subprocess.run(["node", str(HERE / "render-dataset.mjs")], check=True)
    for which, (name, variant) in enumerate(VARIANTS.items()):
        if options.variant in (None, name):
            if not options.export_only:
                train(name, which, options.epochs or variant["epochs"])
            export(name, options.out / f"{name}.onnx")
    if options.out == HERE and options.variant is None:
        subprocess.run(["node", str(HERE / "build-bundle.mjs")], check=True)


if __name__ == "__main__":
    main()
