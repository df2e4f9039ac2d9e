#!/usr/bin/env python3
"""Trains a tiny neural network, for real, with nothing but Python's standard library.

Two moons of points, one hidden layer, plain gradient descent: about twelve seconds, most of which is pacing so that
there is something to watch. Same seed, same numbers. What it leaves in --run-dir is what a long experiment should:

    train.log      a line per epoch, as it happens
    metrics.json   status, primary metric, all metrics (written once, whole)
    meta.json      what ran, when, with which exit code (written once, whole)

With --fail it breaks the way experiments break: out of memory, a missing module, a loss that is no longer a number.
"""

import argparse
import json
import math
import os
import random
import signal
import sys
import time
from datetime import datetime, timezone

HIDDEN = 12
BATCH = 16
MIB = 1024 * 1024


def main():
    args = parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.makedirs(args.run_dir, exist_ok=True)
    run = Run(args)
    try:
        with open(os.path.join(args.run_dir, "train.log"), "w", encoding="utf-8") as log:
            metrics = train(args, log)
        run.finish(exit_code=0, metrics=metrics)
    except SystemExit as stop:
        run.finish(stop.code, error="terminated", error_type="interrupted")
        raise
    except KeyboardInterrupt:
        run.finish(130, error="interrupted", error_type="interrupted")
        raise
    except Exception as error:
        run.finish(1, error=f"{type(error).__name__}: {error}".rstrip(": "), error_type=error_type_of(error))
        raise  # the traceback belongs in the job's log, and the exit code must not be 0


def parse_args():
    parser = argparse.ArgumentParser(description="Train a tiny network on two moons.")
    parser.add_argument("--run-dir", default="exp/results/demo", help="where results go (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=12.0, help="spread the epochs over this time (default: %(default)s)")
    parser.add_argument("--lr", type=float, default=0.3, help="learning rate (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fail", choices=["oom", "missing-module", "nan"], help="fail for real, in this way")
    return parser.parse_args()


# --- training ---------------------------------------------------------------------------------------------------------


def train(args, log):
    """Trains and returns the final metrics; every epoch goes to the screen and to `log`."""
    if args.fail == "missing-module":
        import relay_sample_missing_module  # noqa: F401  (there is no such module: that is the point)

    rng = random.Random(args.seed)
    train_set, val_set = two_moons(480, rng), two_moons(160, rng)
    model = Model(rng)
    lr = args.lr * 1e6 if args.fail == "nan" else args.lr
    hoard = MemoryHoard() if args.fail == "oom" else None

    started = time.monotonic()
    batches = [train_set[i : i + BATCH] for i in range(0, len(train_set), BATCH)]
    metrics = {}
    for epoch in range(1, args.epochs + 1):
        rng.shuffle(batches)
        total = 0.0
        for done, batch in enumerate(batches, start=1):
            if hoard:
                hoard.keep_more()
            loss = model.step(batch, lr)
            total += loss * len(batch)
            show_progress(epoch, args.epochs, done, len(batches), loss)
            pace(started, args.seconds, (epoch - 1 + done / len(batches)) / args.epochs)

        train_loss = total / len(train_set)
        val_loss, val_accuracy = model.evaluate(val_set)
        metrics = {"train_loss": train_loss, "val_loss": val_loss, "val_accuracy": val_accuracy, "epochs": epoch}
        line = (
            f"epoch {epoch}/{args.epochs} train_loss={train_loss:.4g} "
            f"val_loss={val_loss:.4g} val_accuracy={val_accuracy:.4f} lr={lr:g}"
        )
        print("\r" + line, flush=True)
        print(line, file=log, flush=True)
        if not math.isfinite(train_loss):
            raise FloatingPointError(f"train_loss became {train_loss} in epoch {epoch}; the learning rate was {lr:g}")
    return metrics


class Model:
    """2 inputs, one hidden layer of leaky rectifiers, 1 logit."""

    def __init__(self, rng):
        self.w1 = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(HIDDEN)]
        self.b1 = [rng.gauss(0, 0.5) for _ in range(HIDDEN)]
        self.w2 = [rng.gauss(0, 1 / math.sqrt(HIDDEN)) for _ in range(HIDDEN)]
        self.b2 = 0.0

    def forward(self, x, y):
        """The hidden values and the logit for one point."""
        pre = [w[0] * x + w[1] * y + b for w, b in zip(self.w1, self.b1)]
        hidden = [p if p > 0 else 0.1 * p for p in pre]
        return pre, hidden, sum(w * h for w, h in zip(self.w2, hidden)) + self.b2

    def step(self, batch, lr):
        """One step of gradient descent; returns the mean loss of the batch before it."""
        g_w1 = [[0.0, 0.0] for _ in range(HIDDEN)]
        g_b1, g_w2, g_b2, loss = [0.0] * HIDDEN, [0.0] * HIDDEN, 0.0, 0.0
        for x, y, label in batch:
            pre, hidden, logit = self.forward(x, y)
            loss += cross_entropy(logit, label)
            d_logit = sigmoid(logit) - label
            g_b2 += d_logit
            for k in range(HIDDEN):
                g_w2[k] += d_logit * hidden[k]
                d_pre = d_logit * self.w2[k] * (1.0 if pre[k] > 0 else 0.1)
                g_w1[k][0] += d_pre * x
                g_w1[k][1] += d_pre * y
                g_b1[k] += d_pre

        rate = lr / len(batch)
        for k in range(HIDDEN):
            self.w1[k][0] -= rate * g_w1[k][0]
            self.w1[k][1] -= rate * g_w1[k][1]
            self.b1[k] -= rate * g_b1[k]
            self.w2[k] -= rate * g_w2[k]
        self.b2 -= rate * g_b2
        return loss / len(batch)

    def evaluate(self, points):
        """Mean loss and accuracy."""
        logits = [(self.forward(x, y)[2], label) for x, y, label in points]
        loss = sum(cross_entropy(logit, label) for logit, label in logits) / len(points)
        return loss, sum((logit > 0) == (label == 1) for logit, label in logits) / len(points)


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def cross_entropy(logit, label):
    return max(logit, 0.0) - logit * label + math.log1p(math.exp(-abs(logit)))


def two_moons(count, rng):
    """Two half circles that reach into each other: (x, y, label)."""
    points = []
    for i in range(count):
        angle, label = rng.uniform(0, math.pi), i % 2
        x = 1 - math.cos(angle) if label else math.cos(angle)
        y = 0.5 - math.sin(angle) if label else math.sin(angle)
        points.append((x + rng.gauss(0, 0.15), y + rng.gauss(0, 0.15), label))
    return points


# --- what goes wrong on purpose ---------------------------------------------------------------------------------------


class MemoryHoard:
    """Keeps memory, batch after batch, under a limit on this process's address space: soon there is none left."""

    def __init__(self, limit=512 * MIB):
        import resource  # Unix only, like the failure

        self.kept, self.limit = [], limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))

    def keep_more(self):
        if len(self.kept) * 16 * MIB > self.limit:  # macOS does not enforce the limit: never eat a whole machine
            raise MemoryError("the limit on the address space is not enforced here")
        try:
            self.kept.append(bytearray(16 * MIB))
        except MemoryError:
            self.kept.clear()  # leaves enough to say goodbye with
            raise


def error_type_of(error):
    """The contract's name for a failure."""
    if isinstance(error, MemoryError):
        return "oom"
    if isinstance(error, ImportError):
        return "dependency_missing"
    if isinstance(error, FloatingPointError):
        return "nan"
    return "unknown"


# --- what is left behind ----------------------------------------------------------------------------------------------


class Run:
    """Remembers what ran and writes metrics.json and meta.json at its end."""

    def __init__(self, args):
        self.args = args
        self.started_at = now()

    def finish(self, exit_code, metrics=None, error=None, error_type=None):
        args = self.args
        status = "success" if exit_code == 0 else "canceled" if error_type == "interrupted" else "failed"
        run = {
            "run_id": os.path.basename(os.path.normpath(args.run_dir)),
            "started_at": self.started_at,
            "ended_at": now(),
            "seed": args.seed,
            "params": {"epochs": args.epochs, "lr": args.lr, "hidden": HIDDEN, "batch": BATCH},
        }
        value = (metrics or {}).get("val_accuracy")  # a missing metric is missing, never 0
        record = {
            "status": status,
            "primary": {"name": "val_accuracy", "value": value, "higher_is_better": True},
            "metrics": metrics or {},
            "run": run,
        }
        if error:
            record.update(error=error, error_type=error_type)
        write_whole(os.path.join(args.run_dir, "metrics.json"), record)
        meta = {"command": sys.argv, "cwd": os.getcwd(), "exit_code": exit_code, "status": status}
        write_whole(os.path.join(args.run_dir, "meta.json"), {**run, "run_dir": args.run_dir, **meta})


def write_whole(path, record):
    """All or nothing: a reader sees the old file or the new one, never half of one."""
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=2, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def show_progress(epoch, epochs, done, count, loss):
    filled = 24 * done // count
    bar = "#" * filled + "." * (24 - filled)
    print(f"\repoch {epoch}/{epochs} [{bar}] {done}/{count} loss={loss:.4g} ", end="", flush=True)


def pace(started, seconds, fraction):
    """Waits until `fraction` of `seconds` is over: a real run would be slow by itself."""
    time.sleep(max(0.0, started + seconds * fraction - time.monotonic()))


def now():
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
