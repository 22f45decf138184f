"""Break the helpers one place at a time; the tests, or at least a notebook, must notice.

    python tools/mutations.py                 every mutation: unit tests first, then notebooks
    python tools/mutations.py --notebooks     skip the unit tests: do the notebooks alone notice?
    python tools/mutations.py --only detach   only mutations with this in their name

Works on a copy of the tracked files in a temporary folder; nothing here is touched. First the
copy must pass unbroken, or "caught" would mean nothing. Notebooks take their minutes, so a whole
round is for an evening. Exits with 1 if a mutation survives.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUICK, SLOW = 15 * 60, 60 * 60  # seconds after which unit tests and notebooks are given up


@dataclass(frozen=True)
class Mutation:
    """One place to break: in `file`, the only `old` becomes `new`."""

    name: str
    file: str
    old: str
    new: str


MUTATIONS = (
    Mutation(
        "real and fake labels are swapped",
        "helpers/losses.py",
        """(real_logits, torch.ones_like(real_logits))
    fake = binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))""",
        """(real_logits, torch.zeros_like(real_logits))
    fake = binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))""",
    ),
    Mutation(
        "the generator is trained to be recognised",
        "helpers/losses.py",
        "return binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))",
        "return binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))",
    ),
    Mutation("no detach", "helpers/training.py", "(fake.detach())", "(fake)"),
    Mutation(
        "fakes are judged without the changes that real pictures get",
        "helpers/training.py",
        "self.judge(fake.detach())",
        "self.discriminator(fake.detach())",
    ),
    Mutation(
        "a grey folder becomes a coloured one",
        "helpers/data.py",
        "cache, channels = grey, 1",
        "cache, channels = cache, 3",
    ),
    Mutation(
        "pictures are not normalised",
        "helpers/pictures.py",
        "return images.float().div(127.5).sub(1.0)",
        "return images.float()",
    ),
    Mutation(
        "bytes are cut, not rounded", "helpers/pictures.py", ".mul(127.5).round()", ".mul(127.5)"
    ),
    Mutation(
        "the generator ends without tanh",
        "helpers/models.py",
        "channels, 4, 2, 1), nn.Tanh()]",
        "channels, 4, 2, 1), nn.Identity()]",
    ),
    Mutation(
        "no batchnorm in the generator",
        "helpers/models.py",
        "            nn.BatchNorm2d(outputs),\n            nn.ReLU(inplace=True),\n        ]",
        "            nn.Identity(),\n            nn.ReLU(inplace=True),\n        ]",
    ),
    Mutation(
        "the discriminator returns probabilities",
        "helpers/models.py",
        "return self.layers(images).flatten()",
        "return self.layers(images).sigmoid().flatten()",
    ),
    Mutation(
        "the generator never learns",
        "helpers/training.py",
        "self._update(self.generator, self.optim_g, loss_g)",
        "self.optim_g.zero_grad()",
    ),
    Mutation(
        "the average never moves",
        "helpers/training.py",
        "value.lerp_(theirs[name], 1.0 - keep)",
        "value.lerp_(theirs[name], 0.0)",
    ),
    Mutation(
        "every picture is mirrored",
        "helpers/training.py",
        "torch.rand(len(index), generator=self.random) < 0.5",
        "torch.rand(len(index), generator=self.random) < 1.5",
    ),
    Mutation(
        "samples are drawn in training mode",
        "helpers/pictures.py",
        "    generator.eval()\n",
        "    generator.train()\n",
    ),
    Mutation(
        "a resumed run forgets its optimisers",
        "helpers/resuming.py",
        'STATEFUL = ("generator", "discriminator", "average", "optim_g", "optim_d", "scaler")',
        'STATEFUL = ("generator", "discriminator", "average", "scaler")',
    ),
    Mutation(
        "a run goes on from its oldest checkpoint",
        "helpers/runs.py",
        "in reversed(checkpoints(folder)):",
        "in checkpoints(folder):",
    ),
    Mutation(
        "all paintings are grey",
        "helpers/reading.py",
        'return picture if picture.mode == "RGB" else picture.convert("RGB")',
        'return picture.convert("L").convert("RGB")',
    ),
    Mutation(
        "painters are mislabelled",
        "helpers/data.py",
        "labels += [len(kept)] * len(mine)",
        "labels += [i % len(artists) for i in range(len(mine))]",
    ),
    Mutation(
        "the crop is not in the middle",
        "helpers/reading.py",
        "left, top = (width - side) / 2, (height - side) / 2",
        "left, top = width - side, height - side",
    ),
    Mutation(
        "the judge has seen what was held out",
        "helpers/judges.py",
        "kept = np.setdiff1d(np.arange(len(labels)), held)",
        "kept = np.arange(len(labels))",
    ),
    Mutation(
        "mirrored copies are looked for upside down",
        "helpers/metrics.py",
        "(part, part.flip(3))",
        "(part, part.flip(2))",
    ),
    Mutation(
        "precision and recall are exchanged",
        "helpers/metrics.py",
        "compute_prdc(real, fake, nearest_k",
        "compute_prdc(fake, real, nearest_k",
    ),
    Mutation(
        "a digit repeated for ever counts as all digits",
        "helpers/judges.py",
        "return float(np.minimum(counted, 1 / kinds).sum())",
        "return float(counted.sum())",
    ),
    Mutation(
        "digits are mirrored in training",
        "helpers/classics.py",
        '        mirror=False,\n    ),\n    "fashion',
        '        mirror=True,\n    ),\n    "fashion',
    ),
    Mutation(
        "hundreds and ones of stacked digits are exchanged",
        "helpers/classics.py",
        "np.array([100, 10, 1])",
        "np.array([1, 10, 100])",
    ),
    Mutation(
        "a print is larger than its paper",
        "helpers/prints.py",
        "dot = dpi / 25.4",
        "dot = dpi / 25",
    ),
    Mutation(
        "the loop has a seam",
        "helpers/prints.py",
        "(2 * math.pi / steps)",
        "(math.pi / steps)",
    ),
    Mutation(
        "the seed is forgotten",
        "helpers/environment.py",
        "    torch.manual_seed(seed)\n",
        "    torch.seed()\n",
    ),
)


def misplaced() -> list[str]:
    """What is wrong with the table: an `old` that is not in its file exactly once."""
    wrong = []
    for mutation in MUTATIONS:
        count = (ROOT / mutation.file).read_text(encoding="utf-8").count(mutation.old)
        if count != 1:
            wrong.append(f"{mutation.name}: its text is {count} times in {mutation.file}, not once")
    return wrong


def copy_repository(to: Path) -> None:
    """All tracked files, as they are in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        sys.exit("This needs a git checkout: only tracked files are copied.")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def drawn_set() -> Path | None:
    """The newest built-in set that lies here; if it is outdated, the first run draws it anew."""
    sets = [ROOT / "data" / "atelier", *ROOT.glob("data/*/atelier")]
    sets = [folder for folder in sets if (folder / "atelier.json").exists()]
    return max(sets, key=lambda folder: (folder / "atelier.json").stat().st_mtime, default=None)


def pytest(copy: Path, data: Path, arguments: list[str], limit: int) -> str:
    """Run pytest in the copy; the first thing that failed, or an empty text if nothing did."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ATELIER_")}
    # Without bytecode: a file changed twice in a second would be taken for its old self.
    environment |= {"ATELIER_TEST_DATA": str(data), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--color=no", "-p", "no:cacheprovider"]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that kernels end with it
    ) as process:
        try:
            output = process.communicate(timeout=limit)[0]
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                return f"no end after {limit // 60} minutes"
            raise
    if process.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", output, re.M)
    return found[1] if found else f"pytest ended with {process.returncode}: {output[-300:]}"


def unit_tests(copy: Path, data: Path, file: str = "") -> str:
    """The tests of the helpers, first those of the broken file alone, then all.

    Left out: this table's own test, which would always fail, and the one that reads notebooks
    without running them.
    """
    left_out = ["--ignore=tests/test_mutations.py", "--ignore=tests/test_notebooks.py"]
    own = f"tests/test_{Path(file).stem}.py"
    caught = pytest(copy, data, [own], QUICK) if file else ""
    return caught or pytest(copy, data, ["tests", *left_out], QUICK)


def notebooks(copy: Path, data: Path) -> str:
    """Every notebook, cell by cell."""
    return pytest(copy, data, ["--nbval", "notebooks"], SLOW)


def data_for(mutation: Mutation, shared: Path, scratch: Path) -> Path:
    """A data folder: the shared one, or, if reading is what is broken, one without a cache."""
    if mutation.file not in ("helpers/data.py", "helpers/reading.py", "helpers/artworks.py"):
        return shared
    own = scratch / "data-of-its-own"
    shutil.rmtree(own, ignore_errors=True)
    if (shared / "atelier").exists():
        shutil.copytree(shared / "atelier", own / "atelier", copy_function=os.link)
    return own


def main() -> None:
    """Read the command line, break, test, and print one line a mutation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", default="", metavar="NAME", help="mutations with this in the name"
    )
    parser.add_argument("--notebooks", action="store_true", help="skip the unit tests")
    parser.add_argument("--quick", action="store_true", help="skip the notebooks")
    asked = parser.parse_args()
    if wrong := misplaced():
        sys.exit("\n".join(wrong))
    chosen = [mutation for mutation in MUTATIONS if asked.only in mutation.name]
    if not chosen:
        sys.exit("No such mutation. There are: " + "; ".join(m.name for m in MUTATIONS))
    stages = [] if asked.notebooks else [unit_tests]
    stages += [] if asked.quick else [notebooks]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave as tidily as after Ctrl-C
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        scratch = Path(folder).resolve()
        survivors = run(chosen, stages, scratch)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutations were caught")
    sys.exit(1 if survivors else 0)


def run(chosen: list[Mutation], stages: list, scratch: Path) -> int:
    """Try each mutation in a copy inside `scratch`; returns how many survived."""
    copy, shared = scratch / "copy", scratch / "data"
    copy_repository(copy)
    if (there := drawn_set()) is not None:
        shutil.copytree(there, shared / "atelier")
    healthy = set()  # the stages that the unbroken copy has passed
    survivors = 0
    print(f"{'mutation':44} {'seconds':>7}  caught by")
    for mutation in chosen:
        path = copy / mutation.file
        whole = path.read_text(encoding="utf-8")
        begun, caught = time.monotonic(), ""
        for stage in stages:
            if stage not in healthy:
                if fails := stage(copy, shared):
                    sys.exit(f"Nothing is broken yet, and still this fails: {fails}")
                healthy.add(stage)
                begun = time.monotonic()
            data = data_for(mutation, shared, scratch)
            path.write_text(whole.replace(mutation.old, mutation.new), encoding="utf-8")
            try:
                extra = [mutation.file] if stage is unit_tests else []
                caught = stage(copy, data, *extra)
            finally:
                path.write_text(whole, encoding="utf-8")
            if caught:
                break
        survivors += not caught
        seconds = time.monotonic() - begun
        print(f"{mutation.name:44} {seconds:7.0f}  {caught or 'NOTHING: it survived'}", flush=True)
    return survivors


if __name__ == "__main__":
    main()
