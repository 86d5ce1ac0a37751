"""OpenCV or Pillow, natively: `python native.py opencv|opencv-numpy|pillow`. Speaks as serve.mjs does; the protocol is there.

OpenCV: resize or warp, cvtColor, copyMakeBorder, blobFromImage, one thread; as opencv-numpy with split and NumPy instead of the
last, which is faster. Pillow: resize, paste, and NumPy for the tensor. Both make whole numbers of a quantised tensor by a table, which
is the fastest that they have.
"""

import os
import sys

from serve import serve

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def quantised(np, spec):
    """What each byte becomes, as a table of bytes."""
    scale, zero_point = spec["quantization"]["scale"], spec["quantization"]["zeroPoint"]
    whole = np.rint((np.arange(256) * spec["scale"] - spec["mean"]) / scale) + zero_point
    signed = spec["dataType"] == "int8"
    return whole.clip(-128 if signed else 0, 127 if signed else 255).astype(np.int8 if signed else np.uint8).view(np.uint8)


def open_opencv(with_numpy=False):
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    filters = {
        "bilinear": cv2.INTER_LINEAR,
        "bilinear-antialias": cv2.INTER_AREA,
        "area": cv2.INTER_AREA,
        "nearest": cv2.INTER_NEAREST,
        "bicubic": cv2.INTER_CUBIC,
    }
    grays = {
        "RGBA": cv2.COLOR_RGBA2GRAY,
        "RGBX": cv2.COLOR_RGBA2GRAY,
        "BGRA": cv2.COLOR_BGRA2GRAY,
        "BGRX": cv2.COLOR_BGRA2GRAY,
        "RGB": cv2.COLOR_RGB2GRAY,
        "BGR": cv2.COLOR_BGR2GRAY,
        "GRAY8": None,
    }
    conversions = {
        "RGBA": cv2.COLOR_RGBA2RGB,
        "RGBX": cv2.COLOR_RGBA2RGB,
        "BGRA": cv2.COLOR_BGRA2RGB,
        "BGRX": cv2.COLOR_BGRA2RGB,
        "BGR": cv2.COLOR_BGR2RGB,
        "GRAY8": cv2.COLOR_GRAY2RGB,
        "RGB": None,
        "I420": cv2.COLOR_YUV2RGB_I420,
        "NV12": cv2.COLOR_YUV2RGB_NV12,
    }

    def prepare(spec, frames):
        if spec["filter"] not in filters:
            return f"it has nothing like {spec['filter']}"
        if spec["format"] not in conversions:
            return f"it is not set up for {spec['format']}"
        gray = spec["colorOrder"] == "gray"
        if gray and spec["format"] not in grays:
            return f"it is not set up for gray of {spec['format']}"
        conversion = (grays if gray else conversions)[spec["format"]]
        planar = spec["format"] in ("I420", "NV12")
        rows = spec["height"] * 3 // 2 if planar else spec["height"]
        shape = (rows, spec["width"]) if planar or spec["format"] == "GRAY8" else (rows, spec["width"], -1)
        pictures = [np.frombuffer(frame, np.uint8).reshape(shape).copy() for frame in frames]
        place = spec["placement"]
        size = (place["width"], place["height"])
        right = spec["tensorWidth"] - place["width"] - place["left"]
        bottom = spec["tensorHeight"] - place["height"] - place["top"]
        whole = right + bottom + place["left"] + place["top"] == 0
        pad = (spec["pad"],) * 3
        filter = filters[spec["filter"]]
        floats = spec["dataType"] == "float32"
        depth = cv2.CV_32F if floats else cv2.CV_8U
        channels = 1 if gray else 3
        planes = np.empty((channels, spec["tensorHeight"], spec["tensorWidth"]), np.float32 if floats else np.uint8)
        table = quantised(np, spec) if "quantization" in spec else None
        scale = planes.dtype.type(spec["scale"])
        # Of the warp bench: px of the frame to those of the tensor.
        matrix = np.array(spec["matrix"]).reshape(3, 3) if "matrix" in spec else None

        def warp(picture):
            if matrix[2, :2].any():
                return cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            return cv2.warpAffine(picture, matrix[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

        def run(frame):
            picture = pictures[frame]
            if matrix is not None:
                picture = warp(cv2.cvtColor(picture, conversion) if planar else picture)
                if not planar and conversion is not None:
                    picture = cv2.cvtColor(picture, conversion)
            elif planar:
                picture = cv2.resize(cv2.cvtColor(picture, conversion), size, interpolation=filter)
            else:
                picture = cv2.resize(picture, size, interpolation=filter)
                if conversion is not None:
                    picture = cv2.cvtColor(picture, conversion)
            if not whole:
                picture = cv2.copyMakeBorder(
                    picture, place["top"], bottom, place["left"], right, cv2.BORDER_CONSTANT, value=pad
                )
            if table is not None:
                picture = cv2.LUT(picture, table)
            if spec["layout"] == "nchw" and with_numpy:
                for channel, plane in zip(cv2.split(picture), planes):
                    if floats:
                        np.multiply(channel, scale, out=plane, dtype=planes.dtype)
                    else:
                        np.copyto(plane, channel)
                return planes
            if spec["layout"] == "nchw":
                return cv2.dnn.blobFromImage(picture, 1 if table is not None else spec["scale"], ddepth=depth)
            return np.multiply(picture, np.float32(spec["scale"]), dtype=np.float32) if floats else picture

        return run

    return cv2.__version__, prepare


def open_pillow():
    import numpy as np
    import PIL
    from PIL import Image

    raw_modes = {"RGBA": "RGBX", "RGBX": "RGBX", "BGRA": "BGRX", "BGRX": "BGRX", "RGB": "RGB", "BGR": "BGR", "GRAY8": "L"}
    # Its bilinear filter widens as a picture shrinks; there is none that does not.
    filters = {
        "bilinear-antialias": Image.Resampling.BILINEAR,
        "bicubic-antialias": Image.Resampling.BICUBIC,
        "lanczos-antialias": Image.Resampling.LANCZOS,
        "area": Image.Resampling.BOX,
    }

    def prepare(spec, frames):
        if spec["filter"] not in filters:
            return f"it has nothing like {spec['filter']}"
        if spec["format"] not in raw_modes:
            return f"it has no pictures of {spec['format']}"
        if "matrix" in spec:
            return "its bilinear warp counts px in another way"
        raw = raw_modes[spec["format"]]
        mode = "L" if raw == "L" else "RGB"
        made = "L" if spec["colorOrder"] == "gray" else "RGB"
        table = quantised(np, spec).tolist() * len(made) if "quantization" in spec else None
        pictures = [Image.frombytes(mode, (spec["width"], spec["height"]), frame, "raw", raw) for frame in frames]
        place = spec["placement"]
        size = (place["width"], place["height"])
        tensor_size = (spec["tensorWidth"], spec["tensorHeight"])
        pad = spec["pad"] if made == "L" else (spec["pad"],) * 3
        planes = np.empty((len(made), *reversed(tensor_size)), np.float32)

        def run(frame):
            small = pictures[frame].resize(size, filters[spec["filter"]])
            if mode != made:
                small = small.convert(made)
            boxed = small
            if size != tensor_size:
                boxed = Image.new(made, tensor_size, pad)
                boxed.paste(small, (place["left"], place["top"]))
            if table is not None:
                boxed = boxed.point(table)
            values = np.asarray(boxed)
            if spec["layout"] == "nchw":
                values = values[None] if made == "L" else values.transpose(2, 0, 1)
                if spec["dataType"] == "float32":
                    return np.multiply(values, np.float32(spec["scale"]), out=planes, dtype=np.float32)
                return np.ascontiguousarray(values)
            return np.multiply(values, np.float32(spec["scale"])) if spec["dataType"] == "float32" else values

        return run

    return PIL.__version__, prepare


if __name__ == "__main__":
    serve({"opencv": open_opencv, "opencv-numpy": lambda: open_opencv(True), "pillow": open_pillow}[sys.argv[1]])
