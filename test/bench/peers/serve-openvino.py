"""OpenVINO's own Python interface, as a peer of `reflexarc bench bridge`; messages as in serve.mjs.

`prepare` names a model and brings its input; the answer is its first output. The version is followed by the path of the
C library beside it, so that both run the same one. `time` answers with the ms of each `infer()`, after one more that is not timed.
"""

import glob
import json
import os
import sys
import time

messages, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # whatever a library has to say must not get between the messages


def send(message, data=b""):
    answers.write(json.dumps({**message, "bytes": len(data)} if data else message).encode() + b"\n" + data)
    answers.flush()


# It would fork a process that outlives this one, and go to the network.
sys.modules["openvino_telemetry"] = None

try:
    import numpy as np
    import openvino as ov
except ImportError as error:
    send({"missing": f"openvino is not installed: {error}"})
    sys.exit()

library = glob.glob(os.path.join(os.path.dirname(ov.__file__), "libs", "libopenvino_c.so*"))
send({"version": f"{ov.__version__.split('-')[0]} {library[0] if library else ''}"})

request = None
for line in messages:
    asked = json.loads(line)
    if "prepare" in asked:
        data = messages.read(asked["bytes"])
        core = ov.Core()
        config = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": "1", "INFERENCE_PRECISION_HINT": "f32"}
        try:
            compiled = core.compile_model(asked["prepare"]["model"], "CPU", config)
        except RuntimeError as error:
            send({"unsupported": str(error)})
            continue
        request = compiled.create_infer_request()
        shape = list(compiled.input(0).shape)
        request.set_input_tensor(ov.Tensor(np.frombuffer(data, np.float32).reshape(shape).copy()))
        request.infer()
        send({}, request.get_output_tensor(0).data.tobytes())
    else:
        ms = []
        for run in range(-1, asked["time"]):
            start = time.perf_counter()
            request.infer()
            if run >= 0:
                ms.append((time.perf_counter() - start) * 1000)
        send({"ms": ms, "cpuMs": ms})
