"""Builds the whole matrix, runs it, and writes the committed cases anew (`make golden`).

Takes about a quarter of an hour on two cores: each Go compiles its standard library in three ways, the profile-guided
one anew each time. Nothing is written for a build that fails; the exit code is then 1.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from processors.decode import decode
from tests.golden.cases import FOLDER, save, scrub, write_stacks
from tests.golden.toolchains import BUILDS, MATRIX, Build, build_matrix, dump_profiles


def refresh(build: Build, folder: Path) -> None:
    """Build and run one; write its stacks, and for a plain build its text dumps."""
    sources = folder / "src"
    shutil.copytree(MATRIX, sources)
    (folder / "bin").mkdir()
    dumps = dump_profiles(build_matrix(build, sources, folder / "bin" / "matrix"), folder / "dumps")
    decoded = decode((dumps / "debug0").read_bytes())
    if decoded.problems:
        raise ValueError(str(decoded.problems[0]))
    save(scrub(write_stacks(decoded.stacks), build, sources), FOLDER / f"{build}.jsonl.gz")
    if build.flags == "plain":
        for name in ("debug1", "debug2"):
            save(scrub((dumps / name).read_text(), build, sources), FOLDER / f"{build}.{name}.txt.gz")


def main() -> int:
    """Refresh every build, saying which; give the exit code."""
    failed = 0
    for build in BUILDS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                refresh(build, Path(folder))
                sys.stderr.write(f"{build}\n")
            except subprocess.CalledProcessError as error:
                failed += 1
                sys.stderr.write(f"{build} failed:\n{error.stderr}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
