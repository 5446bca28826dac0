"""Objects of an S3 store as files: found, read, and put there whole.

Credentials and the address are those of the environment (AWS_ACCESS_KEY_ID and the like). Nothing is asked but the
store: where there are no credentials, libraries would ask an address of the network (169.254.169.254) for some.
"""

import io
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import undone

SCHEME = "s3://"
INSTALL = "pip install 'autodiff-cli[s3]'"
_RETRIES = 3
_TAIL = 1 << 16  # bytes that are read at a time
_PATIENCE = timedelta(seconds=20)  # for what does not answer
_SETTINGS = (  # of the environment, the first of each that is there
    ("aws_access_key_id", ("AWS_ACCESS_KEY_ID",)),
    ("aws_secret_access_key", ("AWS_SECRET_ACCESS_KEY",)),
    ("aws_session_token", ("AWS_SESSION_TOKEN",)),
    ("aws_region", ("AWS_REGION", "AWS_DEFAULT_REGION")),
    ("aws_endpoint_url", ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")),
    ("aws_skip_signature", ("AWS_SKIP_SIGNATURE",)),
)
_SOURCES = (  # where credentials come from, if not from two keys, for whoever says so
    "AWS_SKIP_SIGNATURE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
)
_NO_BUCKET = "NoSuchBucket"
_MAGIC = re.compile(r"(\*\*/|\*|\?|\[[^]]+\])")
_WILD = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}


class ObjectState(NamedTuple):
    """What changes with an object."""

    size: int
    written: int  # in nanoseconds


def is_object(path: str) -> bool:
    """Whether a path names an object of a store, or a folder of such."""
    return path.startswith(SCHEME)


def options(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """How the store is reached, as polars and object stores' libraries have it.

    Raises AutodiffError where nothing says who asks.
    """
    found = {
        name: next(filter(None, map(environment.get, names)))
        for name, names in _SETTINGS
        if any(map(environment.get, names))
    }
    has_keys = {"aws_access_key_id", "aws_secret_access_key"} <= found.keys()
    if not has_keys and not any(map(environment.get, _SOURCES)):
        hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket"
        raise AutodiffError("there are no credentials for s3://", hint=hint)
    endpoint = found.get("aws_endpoint_url", "")
    if endpoint:
        found.setdefault("aws_region", "us-east-1")
    if endpoint.startswith("http://"):
        found["aws_allow_http"] = "true"
    return found


def matching(pattern: str) -> list[str]:
    """The objects that a pattern means, by name. Raises AutodiffError where they cannot be listed."""
    bucket, key = _parts(pattern)
    fixed = _MAGIC.split(key)[0]
    wanted = re.compile("".join(_WILD.get(part) or _literal(part) for part in _MAGIC.split(key)))
    with _worded(pattern):
        found = _obstore().list(_store(bucket), prefix=fixed.rpartition("/")[0] or None).collect()
    keys = [str(one["path"]) for one in found]
    return sorted(f"{SCHEME}{bucket}/{one}" for one in keys if wanted.fullmatch(one))


def _literal(part: str) -> str:
    """Signs as they are, or a set of signs in brackets, in the form of `re`."""
    if not _MAGIC.fullmatch(part):
        return re.escape(part)
    signs = part[1:-1].replace("\\", "\\\\").replace("[", "\\[")
    return f"[^{signs[1:]}]" if signs[0] == "!" else f"[{signs}]"


def state(path: str) -> ObjectState:
    """What an object is like. Raises FileNotFoundError where there is none, AutodiffError where nobody can say."""
    bucket, key = _parts(path)
    with _worded(path):
        try:
            found = _obstore().head(_store(bucket), key)
        except FileNotFoundError:
            found = None
    if found is None:
        _check_bucket(bucket)
        raise FileNotFoundError(f"there is no object {path}")
    return ObjectState(found["size"], int(found["last_modified"].timestamp() * 1_000_000_000))


def _check_bucket(bucket: str) -> None:
    """Raise AutodiffError where there is no such bucket: of an object it is not said why it is not there."""
    with _worded(SCHEME + bucket):
        next(iter(_obstore().list(_store(bucket), chunk_size=1)), None)


def opened(path: str) -> IO[bytes]:
    """An object, to be read from any place. Raises AutodiffError where it cannot be."""
    bucket, key = _parts(path)
    with _worded(path):
        try:
            reader = _obstore().open_reader(_store(bucket), key)
        except FileNotFoundError:
            _check_bucket(bucket)
            raise
    return cast("IO[bytes]", io.BufferedReader(_ObjectReader(reader), _TAIL))


def get(path: str) -> bytes | None:
    """What is in a small object; None where there is none."""
    bucket, key = _parts(path)
    with _worded(path):
        try:
            return bytes(_obstore().get(_store(bucket), key).bytes())
        except FileNotFoundError as error:
            if _NO_BUCKET in str(error):
                raise
            return None


def put(path: str, data: "bytes | Path") -> None:
    """Put data, or what is in a file, into an object, which appears when all of it is there."""
    bucket, key = _parts(path)
    with _worded(path):
        _obstore().put(_store(bucket), key, data)


@contextmanager
def uploaded(path: str) -> Iterator[str]:
    """The name of a file to write to, which becomes an object in the end; if that is not reached, nothing changes.

    polars itself completes an upload also where the rows that it is given end in an error.
    """
    from tempfile import NamedTemporaryFile

    _parts(path)
    options()
    with NamedTemporaryFile(prefix="autodiff-") as file, undone(file.close):
        yield file.name
        put(path, Path(file.name))


class _ObjectReader(io.RawIOBase):
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readinto(self, buffer: Any) -> int:
        data = self._reader.read(len(buffer))
        buffer[: len(data)] = bytes(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._reader.seek(offset, whence))

    def tell(self) -> int:
        return int(self._reader.tell())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def _parts(path: str) -> tuple[str, str]:
    """The bucket and the key in s3://bucket/key."""
    bucket, _, key = path.removeprefix(SCHEME).partition("/")
    if not bucket or not key:
        raise AutodiffError(f"{path} names no object", hint="as in s3://bucket/in/d.parquet")
    return bucket, key


def _store(bucket: str) -> Any:
    return _store_of(bucket, tuple(options().items()))


@cache
def _store_of(bucket: str, settings: tuple[tuple[str, str], ...]) -> Any:
    retry = {"max_retries": _RETRIES, "retry_timeout": _PATIENCE}
    return import_module("obstore.store").S3Store(bucket, config=dict(settings), retry_config=retry)


def _obstore() -> Any:
    """The library. Raises AutodiffError where it is not installed."""
    try:
        return import_module("obstore")
    except ImportError:
        raise AutodiffError("s3:// needs obstore, which is not installed", hint=INSTALL) from None


@contextmanager
def _worded(path: str) -> Iterator[None]:
    """Raise AutodiffError for what the store says."""
    try:
        yield
    except AutodiffError:
        raise
    except Exception as error:
        raise failed(path, error) from None


def failed(path: str, error: BaseException) -> AutodiffError:
    """What a store's error means."""
    text = str(error)
    bucket = path.removeprefix(SCHEME).partition("/")[0]
    if _NO_BUCKET in text:
        return AutodiffError(f"there is no bucket '{bucket}'", hint="AWS_ENDPOINT_URL says which store is asked")
    if isinstance(error, FileNotFoundError) or "NoSuchKey" in text:
        return AutodiffError(f"there is no object {path}", hint="a pattern in quotes finds those that are there")
    if isinstance(error, PermissionError) or re.search(r"\b40[13]\b", text):
        hint = "are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY those of someone who may?"
        return AutodiffError(f"the store does not let us at {path}", hint=hint)
    if "error sending request" in text or "onnect" in text:
        at = options().get("aws_endpoint_url", "the store")
        return AutodiffError(f"{at} does not answer", hint="AWS_ENDPOINT_URL and AWS_REGION say which store is asked")
    return AutodiffError(f"{path}: {text.strip().splitlines()[0][:300]}")
