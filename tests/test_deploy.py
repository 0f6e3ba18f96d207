"""What is deployed: images, redirects, the cache in front; drills try it with the real programs."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest
import yaml

from citydiplomacy import paths
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, public, to_environment

DEPLOY = paths.root() / "deploy"
PLACEHOLDER = "https://citydiplomacy.example/"
NOBODY = 64999
"""A user that owns nothing."""


class Unfollowed(HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_: object) -> None:
        """Return no request that would follow."""
        return


class Answer:
    """What a server answers, whatever its status."""

    def __init__(
        self, url: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> None:
        request = Request(url, headers=headers or {}, method=method)  # noqa: S310  # our own
        try:
            found = build_opener(Unfollowed).open(request, timeout=10)
        except HTTPError as error:
            found = error
        with found:
            self.status = found.status or 0
            self.headers = found.headers
            self.body = found.read()


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the file that images are made by, each on one line."""
    lines = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    told = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return [(name, " ".join(rest.split())) for name, rest in told]


def copied() -> list[str]:
    """Return the files and folders that an image is made of."""
    lines = [rest for name, rest in instructions() if name == "COPY"]
    return [each for rest in lines if "--from" not in rest for each in rest.split()[:-1]]


def settings_named(text: str) -> set[str]:
    return {name.lower() for name in re.findall(r"CITYDIPLOMACY_([A-Z_]+)", text)}


def test_an_image_is_made_of_instructions_that_there_are() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"}
    assert {name for name, _ in instructions()} == known


def test_an_image_begins_with_a_named_version() -> None:
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(bases) == 2
    assert all(re.fullmatch(r"\S+/\S+:\d+\.\d+\S*", base) for base in bases)


def test_an_image_is_made_of_files_that_are_there_and_let_in() -> None:
    sources = copied()
    ignored = (paths.root() / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert {source.rstrip("/") for source in sources} == let_in
    assert [source for source in sources if not (paths.root() / source).exists()] == []


@pytest.mark.drill
def test_of_what_an_image_is_made_of_the_same_release_is_made(
    settings: Settings, release: Release, tmp_path: Path
) -> None:
    source, installed = tmp_path / "source", tmp_path / "installed"
    source.mkdir()
    for each in copied():
        ours = paths.root() / each
        (shutil.copytree if ours.is_dir() else shutil.copy)(ours, source / each)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target"]
    subprocess.run([sys.executable, *install, installed, source], check=True, capture_output=True)
    program = "from citydiplomacy import paths, release, settings; print(paths.root(), "
    program += "release.is_fresh(settings.from_environment()))"
    environment = os.environ | to_environment(settings) | {"PYTHONPATH": str(installed)}
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True
    )
    root, is_fresh = told.stdout.split()
    assert Path(root).is_relative_to(installed)
    assert is_fresh == "True", release.id


def test_a_container_is_nobody_and_tells_how_it_is() -> None:
    last = dict(instructions()[-9:])
    uid, _, gid = last["USER"].partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert "/readyz" in last["HEALTHCHECK"]
    assert json.loads(last["ENTRYPOINT"]) == ["citydiplomacy", "serve"]


@pytest.mark.parametrize("name", ["Containerfile", "compose.yaml", "citydiplomacy.service"])
def test_what_is_set_is_a_setting(name: str) -> None:
    found = settings_named((DEPLOY / name).read_text("utf-8"))
    assert found
    assert found <= {entry.name for entry in public()}


def test_no_container_can_write_to_its_own_files_or_become_more() -> None:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    for service in composed["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert [place.partition(":")[0] for place in service["tmpfs"]] == ["/tmp"]  # noqa: S108
        assert all(mount.endswith(":ro") for mount in service.get("volumes", ()))
    assert composed["networks"]["inside"]["internal"] is True
    assert composed["services"]["service"]["networks"] == ["inside"]


def test_the_files_that_are_composed_are_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    check = next(rest for name, rest in instructions() if name == "HEALTHCHECK")
    assert json.loads(check.partition("CMD")[2]) == services["service"]["healthcheck"]["test"][1:]
    build = services["service"]["build"]
    context = (DEPLOY / build["context"]).resolve()
    mounted = services["cache"]["volumes"][0].partition(":")[0]
    assert context == paths.root()
    assert (context / build["dockerfile"]).is_file()
    assert (DEPLOY / mounted).is_file()
    assert "server service:8000;" in (DEPLOY / mounted).read_text("utf-8")


def test_only_the_placeholder_stands_in_the_redirects() -> None:
    rules = (DEPLOY / "w3id" / ".htaccess").read_text("utf-8")
    targets = re.findall(r"^RewriteRule \S+ (\S+) ", rules, re.MULTILINE)
    assert targets == [f"{PLACEHOLDER}$1"] * 2


def tool(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


@contextmanager
def running(command: list[str], address: str) -> Iterator[None]:
    """Run a server until the end of the block, which begins when it answers."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            for _ in range(100):
                try:
                    Answer(address)
                    break
                except (URLError, ConnectionError):
                    time.sleep(0.05)
            else:
                process.terminate()
                pytest.fail(f"It does not answer: {process.communicate()[0].decode()}")
            yield
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def readable() -> Iterator[Path]:
    """A folder that servers can read who give up being root."""
    with tempfile.TemporaryDirectory(prefix="citydiplomacy-deploy-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


APACHE = """
ServerName w3id.test
ServerRoot {folder}
PidFile {folder}/pid
ErrorLog {folder}/log
Listen 127.0.0.1:{port}
{modules}
User www-data
Group www-data
DocumentRoot {folder}/www
<Directory {folder}/www>
    AllowOverride All
    Require all granted
</Directory>
"""


@pytest.fixture(scope="module")
def w3id(readable: Path) -> Iterator[str]:
    """The address of an Apache that has our folder as w3id.org would."""
    apache = tool("apache2", "apache2-bin")
    shutil.copytree(DEPLOY / "w3id", readable / "www" / "citydiplomacy")
    needed = ("mpm_event", "authz_core", "dir", "headers", "rewrite")
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in needed
    )
    port = free_port()
    config = readable / "apache.conf"
    config.write_text(APACHE.format(folder=readable, port=port, modules=modules), "utf-8")
    with running([apache, "-D", "FOREGROUND", "-f", str(config)], f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}/citydiplomacy/"


@pytest.mark.drill
@pytest.mark.parametrize(
    "path",
    [
        "",
        "city/taipei",
        "city/taipei.ttl",
        "agreement/houston--taipei",
        "claim/what-city-diplomacy-is.nanopub.trig?version=0.1.0",
        "ontology",
        "vocab/confidence",
        "dataset/citydiplomacy.nq.gz",
        "query/members-of-a-network.csv?network=citynet",
        "search?q=S%C3%A3o%20Paulo&kind=city",
        "search?q=a%26b%23c%2B",
        "oai?verb=Identify",
        "search?q=",
        "city/%e8%87%ba%e5%8c%97",
        "city/x%20y",
    ],
)
def test_a_permanent_address_leads_to_the_same_place_of_the_service(w3id: str, path: str) -> None:
    for method, status in {"GET": 302, "HEAD": 302, "POST": 307}.items():
        answer = Answer(w3id + path, method=method)
        assert (answer.status, answer.headers["Location"]) == (status, PLACEHOLDER + path)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.drill
def test_the_folder_itself_leads_to_the_front_page(w3id: str) -> None:
    answer = Answer(w3id.rstrip("/"))
    assert (answer.status, answer.headers["Location"]) == (301, w3id)


@pytest.mark.drill
@pytest.mark.parametrize("path", ["/evil.example/x", "city/x%3fy", "city/x%0d%0aSet-Cookie:%20a=b"])
def test_a_permanent_address_leads_nowhere_else(w3id: str, path: str) -> None:
    answer = Answer(w3id + path)
    assert answer.headers.get("Location", PLACEHOLDER).startswith(PLACEHOLDER)
    assert "Set-Cookie" not in answer.headers


@pytest.fixture(scope="module")
def cached(service: str, readable: Path) -> Iterator[str]:
    """The address of a cache in front of a real service, as it is composed but for places."""
    nginx = tool("nginx", "nginx-light")
    port = free_port()
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    for old, new in {
        "server service:8000;": f"server {service.removeprefix('http://')};",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "/tmp/": f"{readable}/nginx/",  # noqa: S108
    }.items():
        assert old in text
        text = text.replace(old, new)
    (readable / "nginx").mkdir()
    config = readable / "nginx.conf"
    # Who is root here would otherwise become another, who may not write there.
    config.write_text(f"daemon off;\nuser root;\n{text}", "utf-8")
    command = [nginx, "-c", str(config), "-e", "stderr"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with running(command, f"http://127.0.0.1:{port}/healthz"):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.drill
@pytest.mark.parametrize("accept", ["text/html", "text/turtle"])
def test_what_was_answered_is_kept_and_known_again(cached: str, accept: str) -> None:
    url, headers = f"{cached}/dataset", {"Accept": accept}
    document = Answer(url, headers).headers["Location"]
    first, second = (Answer(cached + document, headers) for _ in range(2))
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")
    assert first.body == second.body
    etag = second.headers["ETag"]
    assert etag.startswith('"')
    known = Answer(cached + document, headers | {"If-None-Match": etag})
    assert (known.status, known.body) == (304, b"")


@pytest.mark.drill
def test_after_a_second_the_service_is_asked_whether_it_still_holds(cached: str) -> None:
    url = f"{cached}/country/japan.html"
    first = Answer(url)
    time.sleep(2.1)
    again = Answer(url)
    assert again.headers["X-Cache"] == "REVALIDATED"
    assert again.body == first.body


@pytest.mark.drill
def test_one_address_has_an_answer_for_each_format(cached: str) -> None:
    url = f"{cached}/fragments?subject={BASE}city/taipei"
    types = {
        accept: [Answer(url, {"Accept": accept}).headers["Content-Type"] for _ in range(2)]
        for accept in ("text/html", "text/turtle", "application/n-triples")
    }
    for accept, found in types.items():
        assert all(each.startswith(accept) for each in found)


@pytest.mark.drill
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/city/nowhere", 404),
        ("/sparql?query=SELECT", 400),
        ("/sparql?query=INSERT%20DATA%20%7B%7D", 403),
        ("/fragments?page=x", 400),
        ("/metrics", 404),
    ],
)
def test_an_error_comes_through_as_it_is(cached: str, service: str, path: str, status: int) -> None:
    answer = Answer(cached + path)
    assert answer.status == status
    if path != "/metrics":
        assert json.loads(answer.body) == json.loads(Answer(service + path).body)


@pytest.mark.drill
@pytest.mark.parametrize("path", ["/healthz", "/oai?verb=Identify", "/readyz"])
def test_what_must_not_be_stored_is_not(cached: str, path: str) -> None:
    assert [Answer(cached + path).headers["X-Cache"] for _ in range(2)] == ["MISS", "MISS"]


@pytest.mark.drill
def test_a_long_query_and_a_sent_one_come_through(cached: str) -> None:
    query = f"ASK%20%7B%7D%20%23{'x' * 50_000}"
    assert json.loads(Answer(f"{cached}/sparql?query={query}").body)["boolean"] is True
    sent = Request(f"{cached}/sparql", b"query=ASK%7B%7D")  # noqa: S310  # our own
    with urlopen(sent, timeout=10) as answer:  # noqa: S310
        assert json.load(answer)["boolean"] is True


@pytest.mark.drill
def test_text_is_compressed_and_its_etag_still_good(cached: str) -> None:
    url = f"{cached}/country/france.html"
    small = Answer(url, {"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    known = {"If-None-Match": small.headers["ETag"], "Accept-Encoding": "gzip"}
    assert Answer(url, known).status == 304


@pytest.mark.drill
def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze", "systemd")
    text = (DEPLOY / "citydiplomacy.service").read_text("utf-8")
    unit = tmp_path / "citydiplomacy.service"
    # It is not installed there.
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M), "utf-8")
    told = subprocess.run([analyze, "verify", unit], capture_output=True, check=False, text=True)
    assert (told.returncode, told.stderr) == (0, "")


def hidden(folder: Path) -> Path | None:
    """Return the highest folder above one that others may not enter."""
    return next((each for each in reversed(folder.parents) if not each.stat().st_mode & 1), None)


def box(releases: Path, scratch: Path) -> str:
    """Return a script that serves with nothing to write to but a small /tmp, as nobody."""
    needed = {paths.root(), Path(sys.base_prefix), Path(sys.prefix), releases}
    held = {folder: scratch / str(number) for number, folder in enumerate(sorted(needed))}
    covers = {cover for folder in needed if (cover := hidden(folder))}
    lines = ["set -e", "mount --make-rprivate /"]
    for folder, place in held.items():
        lines += [f"mkdir {place}", f"mount --bind {folder} {place}"]
    # What only root may enter is covered, and what is needed of it put there again.
    lines += [f"mount -t tmpfs -o mode=755 tmpfs {cover}" for cover in sorted(covers)]
    for folder, place in held.items():
        lines += [f"mkdir -p {folder}", f"mount --bind {place} {folder}"]
        lines += [f"mount -o remount,bind,ro {folder}"]
    lines += [f"mount -o remount,ro {cover}" for cover in sorted(covers)]
    lines += [f"mount -t tmpfs -o mode=1777,size=64m tmpfs {scratch}"]
    lines += ["mount -o remount,bind,ro /"]
    rights = "--clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all"
    environment = f"TMPDIR={scratch} CITYDIPLOMACY_RELEASE_DIR={releases} HOME=/nonexistent"
    serve = f"{sys.prefix}/bin/citydiplomacy serve --port 0"
    run = f"env -i PATH=/usr/bin:/bin {environment} {serve}"
    return "\n".join([*lines, f"exec setpriv --reuid={NOBODY} --regid={NOBODY} {rights} {run}"])


@pytest.mark.drill
def test_nobody_serves_from_files_that_cannot_be_written(
    settings: Settings, release: Release, readable: Path
) -> None:
    if os.getuid() != 0:
        pytest.skip("Only root can take everything away from a process.")
    assert release.folder.parent == settings.release_dir
    scratch = readable / "box"
    scratch.mkdir(mode=0o755)
    command = [
        tool("unshare", "util-linux"),
        "--mount",
        "bash",
        "-c",
        box(settings.release_dir, scratch),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().split()[-1].rstrip("/")
            assert "Taipei" in Answer(f"{address}/city/taipei.html").body.decode()
            asked = Answer(f"{address}/sparql?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D").body
            assert json.loads(asked)["boolean"] is True
            turtle = (paths.root() / "data/city/yokohama.ttl").read_bytes()
            sent = Request(f"{address}/validate", turtle, {"Content-Type": "text/turtle"})  # noqa: S310
            with urlopen(sent, timeout=30) as answer:  # noqa: S310
                assert b"conforms" in answer.read()
            told = Path(f"/proc/{process.pid}/status").read_text("utf-8")
            mounts = Path(f"/proc/{process.pid}/mounts").read_text("utf-8").splitlines()
        finally:
            process.terminate()
    assert process.returncode == 0
    assert re.search(rf"^Uid:\s+{NOBODY}\s", told, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", told, re.MULTILINE)
    (root,) = [line.split()[3] for line in mounts if line.split()[1] == "/"]
    assert "ro" in root.split(",")
