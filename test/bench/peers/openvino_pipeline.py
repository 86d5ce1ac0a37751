"""What people write without this package: OpenCV and OpenVINO in one Python script, YOLOX from picture to boxes.

`python openvino_pipeline.py`. Speaks as serve.mjs does; the protocol is there. The tensor that it answers with is a list of
boxes, float32 [n, 6]: left, top, width, height in px of the picture, score, class; best first.
"""

import os

from serve import serve


def open_openvino():
    import cv2
    import numpy as np
    import openvino

    core = openvino.Core()

    def prepare(spec, frames):
        cv2.setNumThreads(1)
        height, width, side = spec["height"], spec["width"], spec["side"]
        pictures = [np.frombuffer(frame, np.uint8).reshape(height, width, 3).copy() for frame in frames]
        properties = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": spec["threads"],
            "INFERENCE_PRECISION_HINT": "f32",
        }
        compiled = core.compile_model(core.read_model(spec["model"]), "CPU", properties)
        request = compiled.create_infer_request()
        ratio = min(side / width, side / height)
        size = (int(width * ratio), int(height * ratio))
        grids, steps = [], []
        for stride in spec["strides"]:
            cells = side // stride
            x, y = np.meshgrid(np.arange(cells), np.arange(cells))
            grids.append(np.stack((x, y), 2).reshape(-1, 2))
            steps.append(np.full((cells * cells, 1), stride))
        grid, step = np.concatenate(grids).astype(np.float32), np.concatenate(steps).astype(np.float32)

        def run(frame):
            picture = pictures[frame]
            boxed = np.full((side, side, 3), 114, np.uint8)
            boxed[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
            tensor = np.ascontiguousarray(boxed[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32)
            found = request.infer({0: tensor}, share_inputs=True)[0][0]
            scores = found[:, 5:] * found[:, 4:5]
            classes = scores.argmax(1)
            best = scores[np.arange(len(scores)), classes]
            kept = best > spec["score"]
            centre = (found[kept, :2] + grid[kept]) * step[kept] / ratio
            extent = np.exp(found[kept, 2:4]) * step[kept] / ratio
            boxes = np.concatenate((centre - extent / 2, extent), 1)
            chosen = cv2.dnn.NMSBoxesBatched(
                boxes.tolist(), best[kept].tolist(), classes[kept].tolist(), spec["score"], spec["iou"]
            )
            rows = np.concatenate((boxes, best[kept][:, None], classes[kept][:, None]), 1)[np.asarray(chosen, int)]
            return rows[np.argsort(-rows[:, 4], kind="stable")].astype(np.float32)

        return run

    folder = os.path.join(os.path.dirname(openvino.__file__), "libs")
    library = next(name for name in os.listdir(folder) if name.startswith("libopenvino_c.so"))
    return f"{openvino.__version__.split('-')[0]}, OpenCV {cv2.__version__} {os.path.join(folder, library)}", prepare


if __name__ == "__main__":
    serve(open_openvino)
