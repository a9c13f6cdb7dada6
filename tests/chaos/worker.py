"""A process that carries out tasks until it is told to stop: ``python worker.py URL --nap SECONDS``.

At SIGTERM its tasks get the grace time; a second one ends it at once.
"""

import argparse
import logging
import signal
import sys

import anyio
import attrs
import parts


async def main(options: argparse.Namespace) -> None:
    """Work."""
    policy = attrs.evolve(parts.POLICY, attempts=options.attempts, lease=options.lease)
    runner = parts.runner(options.runner, options.url, grace=options.grace)
    labour = parts.Labour(options.nap, gate=options.gate)
    engine = parts.engine(options.url, embedder=labour, runner=runner, policy=policy, executes=True)
    with anyio.open_signal_receiver(signal.SIGTERM) as signals:
        async with engine:
            print("ready", flush=True)
            await anext(signals)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            print("stopping", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--runner", default="local")
    parser.add_argument("--nap", type=float, default=0.0)
    parser.add_argument("--gate")
    parser.add_argument("--lease", type=float, default=parts.POLICY.lease)
    parser.add_argument("--grace", type=float, default=2.0)
    parser.add_argument("--attempts", type=int, default=parts.POLICY.attempts)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    anyio.run(main, parser.parse_args())
