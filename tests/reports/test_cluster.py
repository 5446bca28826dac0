from typing import Any

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports import cluster
from autodiff_cli.reports.cluster_address import ClusterAddress, address_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://scheduler:8786", ClusterAddress(scheduler="tcp://scheduler:8786")),
        ("tls://10.0.0.1:1", ClusterAddress(scheduler="tls://10.0.0.1:1")),
        ("tcp://[::1]:8786", ClusterAddress(scheduler="tcp://[::1]:8786")),
        ("local:1", ClusterAddress(processes=1)),
        ("local:16", ClusterAddress(processes=16)),
    ],
)
def test_an_address_is_a_scheduler_or_so_many_processes(text: str, address: ClusterAddress) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text", ["local", "local:", "local:0", "local:-1", "local:x", "local:²", "local:9999", "node:8786", "tcp://node"]
)
def test_what_is_no_address_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(AutodiffError) as refused:
        address_of(text)
    assert "--cluster local:4" in refused.value.hint


def test_a_missing_library_is_said_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(cluster, "import_module", lacks)
    with pytest.raises(AutodiffError) as refused, cluster.cluster(ClusterAddress(processes=1)):
        pass
    assert refused.value.hint == "pip install 'autodiff-cli[cluster]'"
