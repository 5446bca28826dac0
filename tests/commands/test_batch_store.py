"""`autodiff batch` over objects of an S3 store: a real protocol, spoken by moto's server on loopback."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from autodiff_cli.tables import store

from .batches import PROGRAM, process
from .conftest import Done

LACKS = [name for name in ("moto", "obstore", "flask") if importlib.util.find_spec(name) is None]
needs_store = pytest.mark.skipif(bool(LACKS), reason=f"not installed: {', '.join(LACKS)}")
needs_dask = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="not installed: distributed")
pytestmark = pytest.mark.slow
FORMULA = "ln(a*b)"
SERVER = """
import time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%d" % server.get_host_and_port(), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    yield next(line.strip() for line in process.stdout if line.startswith("http"))
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def bucket(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A new bucket with two tables and a third of other columns, which are here too."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    name = f"bucket-{time.time_ns()}"
    urllib.request.urlopen(urllib.request.Request(f"{server}/{name}", method="PUT")).close()
    os.mkdir("in")
    numbers = pl.int_range(3_000, eager=True)
    frame = pl.DataFrame({"a": numbers % 11 / 5, "b": numbers % 7 - 1.0, "id": numbers.cast(pl.String)})
    for file, table in {"p0": frame, "p1": frame.head(0), "p2": frame.head(100), "q": frame.drop("id")}.items():
        table.write_parquet(f"in/{file}.parquet")
        store.put(f"s3://{name}/in/{file}.parquet", Path(f"in/{file}.parquet").read_bytes())
    return lambda *key: "/".join([f"s3://{name}", *key])


def without_times(text: str) -> str:
    return re.sub(r" in [\d.]+ s, .* rows a second", "", text)


def objects(bucket: Callable[..., str], pattern: str) -> dict[str, bytes]:
    found = {path.rpartition("/")[2]: store.get(path) or b"" for path in store.matching(bucket(pattern))}
    found.pop(".autodiff-batch.jsonl", None)
    return found


def files(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.suffix != ".jsonl"}


@needs_store
@pytest.mark.parametrize("options", [[], ["--to", "csv.gz"], ["--to", "arrow", "--where", "a > 1"]])
def test_objects_come_out_as_files_do(bucket: Callable[..., str], options: list[str]) -> None:
    here = process(FORMULA, "in/p*.parquet", "-o", "here/", *options)
    there = process(FORMULA, bucket("in", "p*.parquet"), "-o", bucket("out/"), *options)
    assert (there.returncode, here.returncode) == (0, 0), there.stderr
    assert objects(bucket, "out/*") == files("here")
    assert len(files("here")) == 3
    assert without_times(there.stderr.replace(bucket("in/"), "in/")) == without_times(here.stderr)


@needs_store
@needs_dask
@pytest.mark.parametrize("to", ["parquet", "csv"])
def test_workers_read_and_write_objects_as_a_local_run_does(bucket: Callable[..., str], to: str) -> None:
    process(FORMULA, "in/p*.parquet", "-o", "here/", "--to", to)
    options = ["--to", to, "--cluster", "local:2"]
    there = process(FORMULA, bucket("in", "p*.parquet"), "-o", bucket("out/"), *options)
    assert there.returncode == 0, there.stderr
    assert objects(bucket, "out/*") == files("here")


@needs_store
def test_all_objects_can_make_one_file_and_files_one_object(bucket: Callable[..., str]) -> None:
    process(FORMULA, "in/p*.parquet", "-o", "here.parquet")
    process(FORMULA, bucket("in/p?.parquet"), "-o", "there.parquet")
    process(FORMULA, "in/p*.parquet", "-o", bucket("one.parquet"))
    assert Path("there.parquet").read_bytes() == Path("here.parquet").read_bytes()
    assert store.get(bucket("one.parquet")) == Path("here.parquet").read_bytes()


@needs_store
def test_a_run_goes_on_with_the_objects_that_are_done(bucket: Callable[..., str]) -> None:
    arguments = [FORMULA, bucket("in/p*.parquet"), "-o", bucket("out/")]
    assert process(*arguments).returncode == 0
    before = objects(bucket, "out/*")
    store.put(bucket("out/p2.parquet"), b"half")
    done = process(*arguments, "--resume")
    assert done.returncode == 0
    assert done.stderr.startswith("note: 2 of 3 tables are done already\n100 rows")
    assert objects(bucket, "out/*") == before
    done = process(FORMULA + "+1", *arguments[1:], "--resume")
    assert done.returncode == 2
    assert "has outputs of another run" in done.stderr


@needs_store
def test_a_run_that_breaks_off_puts_no_object_there(bucket: Callable[..., str], tmp_path: Path) -> None:
    done = process(FORMULA, bucket("in/p0.parquet"), "-o", bucket("out.parquet"), "--invalid", "fail")
    assert done.returncode == 3 or done.returncode == 2
    assert objects(bucket, "out*") == {}
    arguments = [*PROGRAM, FORMULA, bucket("in/p0.parquet"), "-o", bucket("out.parquet"), "--exact"]
    begun = tmp_path / "begun"
    begun.mkdir()
    run = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(begun)})
    while run.poll() is None and not any(begun.iterdir()):  # the output, before it is sent
        time.sleep(0.005)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert run.returncode == -signal.SIGKILL
    assert objects(bucket, "out*") == {}


@needs_store
def test_patterns_mean_what_they_mean_for_files(bucket: Callable[..., str]) -> None:
    names = ["d/1.parquet", "d/2.parquet", "d/e/3.parquet", "d/x[1].csv", "dd/4.parquet"]
    for name in names:
        store.put(bucket(name), b"")
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    for pattern in ("d/*.parquet", "d/**/*.parquet", "d*/*", "d/[!1].parquet", "d/?.parquet", "*/4.*", "d/x[[]1].csv"):
        found = [path.removeprefix(bucket("")) for path in store.matching(bucket(pattern))]
        expected = sorted(str(path) for path in Path().glob(pattern) if path.is_file())
        assert found == expected, pattern


@needs_store
@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("s3://nowhere-at-all/in/p0.parquet", "there is no bucket 'nowhere-at-all'"),
        ("s3://nowhere-at-all/in/*.parquet", "there is no bucket 'nowhere-at-all'"),
        ("s3://{}/in/none.parquet", "there is no object s3://{}/in/none.parquet"),
        ("s3://{}/in/none*.parquet", "no object matches s3://{}/in/none*.parquet"),
        ("s3://{}/in/d.csv", "s3://{}/in/d.csv is no Parquet, as which objects of a store are read"),
        ("s3:///d.parquet", "s3:///d.parquet names no object"),
    ],
)
def test_what_is_not_there_is_said_in_words(
    batch: Callable[..., Done], bucket: Callable[..., str], word: str, message: str
) -> None:
    name = bucket().removeprefix("s3://")
    done = batch(FORMULA, word.format(name), "-o", "out/", "--to", "parquet")
    assert done.code == 2
    assert done.err.startswith(f"error: {message.format(name)}"), done.err


@needs_store
def test_an_output_into_no_bucket_is_said_in_words(batch: Callable[..., Done], bucket: Callable[..., str]) -> None:
    for output in ("s3://nowhere-at-all/out.parquet", "s3://nowhere-at-all/out/"):
        done = batch(FORMULA, "in/p0.parquet", "-o", output)
        assert (done.code, done.err.splitlines()[0]) == (2, "error: there is no bucket 'nowhere-at-all'")


@needs_store
def test_a_store_that_does_not_answer_is_said(
    batch: Callable[..., Done], bucket: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    done = batch(FORMULA, "s3://b/in/d.parquet", "-o", "out/")
    assert done.code == 2
    assert done.err.startswith("error: http://127.0.0.1:9 does not answer\n"), done.err


def test_without_credentials_nothing_is_asked(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(store, "import_module", None)  # nothing can be asked without a library
    for arguments in (["s3://bucket/d.parquet", "-o", "out/"], ["--x", "1:2:1", "-o", "s3://bucket/out.parquet"]):
        done = batch("x^2", *arguments)
        assert done.code == 2
        assert done.err.startswith("error: there are no credentials for s3://\n"), done.err
        assert "AWS_ACCESS_KEY_ID" in done.err


def test_the_environment_says_how_a_store_is_reached() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    assert store.options(keys) == {"aws_access_key_id": "k", "aws_secret_access_key": "s"}
    here = store.options(keys | {"AWS_ENDPOINT_URL": "http://localhost:9", "AWS_DEFAULT_REGION": "eu"})
    assert (here["aws_region"], here["aws_allow_http"]) == ("eu", "true")
    assert store.options({"AWS_SKIP_SIGNATURE": "true"}) == {"aws_skip_signature": "true"}


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, batch: Callable[..., Done]) -> None:
    def lacks(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setattr(store, "import_module", lacks)
    done = batch("x^2", "s3://bucket/d.parquet", "-o", "out/")
    assert done.err.endswith("  = pip install 'autodiff-cli[s3]'\n")
