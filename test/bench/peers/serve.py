"""The Python side of the protocol that serve.mjs describes: a peer's library is opened, given cases, and timed."""

import json
import os
import signal
import sys
import time


def serve(open_library):
    """Answers until the input ends. `open_library()` gives a version and `prepare(spec, frames)`, which gives `run(frame)` or why not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library has to say must not get between the messages.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    source = sys.stdin.buffer

    def send(message, content=b""):
        if content:
            message = {**message, "bytes": len(content)}
        output.write(json.dumps(message).encode() + b"\n" + content)
        output.flush()

    try:
        version, prepare = open_library()
    except ImportError as error:
        return send({"missing": f"Python does not import it: {error}"})
    send({"version": version})
    run, count, turn = None, 1, 0
    while line := source.readline():
        message = json.loads(line)
        if "prepare" in message:
            content = source.read(message["bytes"])
            count = message["frames"]
            run = prepare(message["prepare"], [content] * count)
            send({"unsupported": run}) if isinstance(run, str) else send({}, run(0).tobytes())
            continue
        ms, cpu_ms = [], []
        for i in range(-1, message["time"]):
            used = time.process_time()
            start = time.perf_counter()
            run(turn % count)
            end = time.perf_counter()
            turn += 1
            if i >= 0:
                ms.append((end - start) * 1000)
                cpu_ms.append((time.process_time() - used) * 1000)
        send({"ms": ms, "cpuMs": cpu_ms})
