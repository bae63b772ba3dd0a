"""azure-storage-blob against the storage API."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import http.client
import os
import signal
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobBlock, BlobClient, BlobLeaseClient, ContentSettings, StandardBlobTier


def code_of(error) -> str:
    return str(getattr(error.value.error_code, "value", error.value.error_code))


# -- Containers


def test_containers_are_made_listed_and_deleted(blobs, name):
    container = blobs.create_container(name, metadata={"Team": "hydrology"})
    assert container.get_container_properties().metadata == {"Team": "hydrology"}
    listed = {c.name: c for c in blobs.list_containers(name_starts_with=name, include_metadata=True)}
    assert listed[name].metadata == {"Team": "hydrology"}
    assert {"files", "artifacts", "models"} <= {c.name for c in blobs.list_containers()}
    container.set_container_metadata({"a": "1"})
    assert container.get_container_properties().metadata == {"a": "1"}
    with pytest.raises(ResourceExistsError) as error:
        blobs.create_container(name)
    assert code_of(error) == "ContainerAlreadyExists"
    container.delete_container()
    assert not container.exists()
    with pytest.raises(ResourceNotFoundError) as error:
        container.delete_container()
    assert code_of(error) == "ContainerNotFound"


def test_container_lists_come_in_pages(blobs, name):
    names = [f"{name}-{i}" for i in range(5)]
    for each in names:
        blobs.create_container(each)
    pages = blobs.list_containers(name_starts_with=name, results_per_page=2).by_page()
    assert [[c.name for c in page] for page in pages] == [names[:2], names[2:4], names[4:]]


def test_what_belongs_to_every_lake_stays(blobs):
    with pytest.raises(HttpResponseError) as error:
        blobs.delete_container("files")
    assert (error.value.status_code, code_of(error)) == (403, "InsufficientAccountPermissions")
    assert "belongs to every lake" in error.value.message


@pytest.mark.parametrize("bad", ["A-Container", "x", "a--b", "$root"])
def test_names_of_containers_are_checked(blobs, bad):
    with pytest.raises(HttpResponseError) as error:
        blobs.create_container(bad)
    assert (error.value.status_code, code_of(error)) == (400, "InvalidResourceName")


def test_the_account(blobs):
    info = blobs.get_account_information()
    assert (info["account_kind"], info["sku_name"], info["is_hns_enabled"]) == ("StorageV2", "Standard_LRS", True)
    assert blobs.get_service_properties()["static_website"].enabled is False


def test_there_is_no_second_place(server):
    status, _, body = raw(server, "GET", "/tarn?restype=service&comp=stats")
    assert (status, b"<Status>unavailable</Status>" in body) == (200, True)


# -- Blobs


def test_a_blob_round_trips_and_is_a_file_of_the_lake(server, container, name):
    blob = container.upload_blob("data/a b+%&ü.csv", b"a,b\n1,2\n", metadata={"Source": "gauge 7"},
                                 content_settings=ContentSettings(content_type="text/csv", cache_control="no-cache",
                                                                  content_language="en"))
    properties = blob.get_blob_properties()
    assert (properties.size, properties.metadata) == (8, {"Source": "gauge 7"})
    settings = properties.content_settings
    assert (settings.content_type, settings.cache_control, settings.content_language) == ("text/csv", "no-cache", "en")
    assert blob.download_blob().readall() == b"a,b\n1,2\n"
    assert server.ok("lake", "cat", f"{name}/data/a b+%&ü.csv") == "a,b\n1,2\n"
    # The ETag is the lake's.
    assert properties.etag.strip('"') == server.json("lake", "stat", f"{name}/data/a b+%&ü.csv")["etag"]


def test_what_others_replace_has_no_old_properties(server, container, name, tmp_path):
    blob = container.upload_blob("x.txt", b"old", metadata={"a": "1"})
    (tmp_path / "x.txt").write_bytes(b"new")
    server.ok("lake", "put", str(tmp_path / "x.txt"), f"{name}/")
    properties = blob.get_blob_properties()
    assert (properties.metadata, blob.download_blob().readall()) == ({}, b"new")


def test_properties_follow_a_rename_of_a_folder(server, container, name):
    container.upload_blob("dür/one/x.txt", b"x", metadata={"a": "1"})
    server.ok("lake", "mv", f"{name}/dür", f"{name}/moved")
    assert container.get_blob_client("moved/one/x.txt").get_blob_properties().metadata == {"a": "1"}
    container.upload_blob("dür/one/x.txt", b"y")
    assert container.get_blob_client("dür/one/x.txt").get_blob_properties().metadata == {}


def test_ranges(container):
    blob = container.upload_blob("r.bin", bytes(range(100)))
    assert blob.download_blob(offset=10, length=5).readall() == bytes(range(10, 15))
    assert blob.download_blob(offset=95, length=100).readall() == bytes(range(95, 100))
    checked = blob.download_blob(offset=0, length=50, validate_content=True)
    assert checked.readall() == bytes(range(50))
    with pytest.raises(HttpResponseError) as error:
        blob.download_blob(offset=100, length=1)
    assert (error.value.status_code, code_of(error)) == (416, "InvalidRange")
    assert container.upload_blob("empty", b"").download_blob().readall() == b""


def test_metadata_and_headers_change_the_etag_and_not_the_bytes(container):
    blob = container.upload_blob("m.txt", b"text", metadata={"a": "1"})
    first = blob.get_blob_properties()
    blob.set_blob_metadata({"b": "2"})
    blob.set_http_headers(ContentSettings(content_type="text/plain", content_disposition="inline"))
    properties = blob.get_blob_properties()
    assert properties.metadata == {"b": "2"}
    assert (properties.content_settings.content_type, properties.content_settings.content_disposition) == (
        "text/plain", "inline")
    assert properties.etag != first.etag
    assert blob.download_blob().readall() == b"text"
    with pytest.raises(HttpResponseError) as error:
        blob.set_blob_metadata({"no-hyphen": "x"})
    assert code_of(error) == "InvalidMetadata"
    with pytest.raises(HttpResponseError) as error:
        blob.set_blob_metadata({"large": "x" * 9000})
    assert code_of(error) == "MetadataTooLarge"


def test_conditions(container):
    blob = container.upload_blob("c.txt", b"1")
    etag = blob.get_blob_properties().etag
    with pytest.raises(ResourceExistsError) as error:
        container.upload_blob("c.txt", b"2")
    assert code_of(error) == "BlobAlreadyExists"
    blob.upload_blob(b"2", overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified)
    with pytest.raises(ResourceModifiedError) as error:
        blob.upload_blob(b"3", overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified)
    assert (error.value.status_code, code_of(error)) == (412, "ConditionNotMet")
    assert blob.download_blob().readall() == b"2"
    now = blob.get_blob_properties()
    with pytest.raises(HttpResponseError) as error:
        blob.download_blob(etag=now.etag, match_condition=MatchConditions.IfModified)
    assert error.value.status_code == 304
    later = now.last_modified + dt.timedelta(seconds=1)
    with pytest.raises(HttpResponseError) as error:
        blob.download_blob(if_modified_since=later)
    assert error.value.status_code == 304
    assert blob.download_blob(if_unmodified_since=later).readall() == b"2"
    with pytest.raises(HttpResponseError) as error:
        blob.delete_blob(if_unmodified_since=now.last_modified - dt.timedelta(days=1))
    assert error.value.status_code == 412
    with pytest.raises(HttpResponseError) as error:
        blob.delete_blob(etag="0x1", match_condition=MatchConditions.IfNotModified)
    assert error.value.status_code == 412
    blob.delete_blob(etag=now.etag, match_condition=MatchConditions.IfNotModified)
    assert not blob.exists()


def test_put_if_absent_has_one_winner(container):
    blob = container.get_blob_client("winner")

    def put(i: int) -> bool:
        try:
            blob.upload_blob(str(i).encode())
            return True
        except ResourceExistsError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(put, range(16))) == 1


def test_lists(container):
    for path in ["a/1.txt", "a/2.txt", "a/deep/3.txt", "ab/4.txt", "b.txt"]:
        container.upload_blob(path, path.encode(), metadata={"p": "x"})
    assert [b.name for b in container.list_blobs()] == ["a/1.txt", "a/2.txt", "a/deep/3.txt", "ab/4.txt", "b.txt"]
    assert [b.name for b in container.list_blobs(name_starts_with="a/")] == ["a/1.txt", "a/2.txt", "a/deep/3.txt"]
    assert [b.name for b in container.list_blobs(name_starts_with="a")][-1] == "ab/4.txt"
    assert [b.name for b in container.list_blobs(name_starts_with="a/de")] == ["a/deep/3.txt"]
    assert [b.name for b in container.list_blobs(name_starts_with="nothing/")] == []
    assert [b.name for b in container.list_blobs(start_from="a/deep/3.txt")] == ["a/deep/3.txt", "ab/4.txt", "b.txt"]
    assert [b.name for b in container.list_blobs(name_starts_with="a/", start_from="a/2")] == ["a/2.txt", "a/deep/3.txt"]
    assert [b.name for b in container.walk_blobs()] == ["a/", "ab/", "b.txt"]
    assert [b.name for b in container.walk_blobs(name_starts_with="a/")] == ["a/deep/", "a/1.txt", "a/2.txt"]
    listed = next(iter(container.list_blobs(name_starts_with="b", include=["metadata"])))
    assert (listed.metadata, listed.size, listed.etag) == (
        {"p": "x"}, 5, container.get_blob_client("b.txt").get_blob_properties().etag.strip('"'))
    with pytest.raises(HttpResponseError) as error:
        list(container.list_blobs(include=["snapshots"]))
    assert (error.value.status_code, code_of(error)) == (501, "NotImplemented")
    with pytest.raises(HttpResponseError) as error:
        list(container.walk_blobs(delimiter="-"))
    assert code_of(error) == "InvalidQueryParameterValue"


def test_lists_come_in_pages_with_markers(container):
    names = [f"d{i % 3}/{i:03}" for i in range(25)]
    for each in names:
        container.upload_blob(each, b"")
    pages = [[b.name for b in page] for page in container.list_blobs(results_per_page=10).by_page()]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sum(pages, []) == sorted(names)
    walk = [[b.name for b in page] for page in container.walk_blobs(results_per_page=2).by_page()]
    assert walk == [["d0/", "d1/"], ["d2/"]]
    with pytest.raises(HttpResponseError) as error:
        list(container.list_blobs().by_page("nonsense"))
    assert error.value.status_code == 400


def test_deleting(container):
    container.upload_blob("f/x", b"x")
    with pytest.raises(HttpResponseError) as error:
        container.delete_blob("f")
    assert (error.value.status_code, code_of(error)) == (409, "DirectoryIsNotEmpty")
    container.delete_blob("f/x")
    with pytest.raises(ResourceNotFoundError) as error:
        container.delete_blob("f/x")
    assert code_of(error) == "BlobNotFound"


def test_a_batch_deletes_many(container):
    for i in range(20):
        container.upload_blob(f"x y/{i}", b"x")
    answers = list(container.delete_blobs(*[f"x y/{i}" for i in range(20)]))
    assert [a.status_code for a in answers] == [202] * 20
    assert list(container.list_blobs()) == []
    answers = list(container.delete_blobs("gone", raise_on_any_failure=False))
    assert [a.status_code for a in answers] == [404]
    assert b"BlobNotFound" in answers[0].body() or "BlobNotFound" in str(answers[0].headers)


# -- Blocks


def block_id(i: int) -> str:
    return base64.b64encode(f"{i:08}".encode()).decode()


def test_blocks_are_staged_listed_and_committed(container):
    blob = container.get_blob_client("blocks.bin")
    for i in range(3):
        blob.stage_block(block_id(i), bytes([i]) * 1000, validate_content=True)
    assert not blob.exists()
    committed, uncommitted = blob.get_block_list("all")
    assert (len(committed), [b.size for b in uncommitted]) == (0, [1000] * 3)
    blob.commit_block_list([BlobBlock(block_id(2)), BlobBlock(block_id(0))], metadata={"k": "v"},
                           content_settings=ContentSettings(content_type="text/plain"))
    assert blob.download_blob().readall() == b"\2" * 1000 + b"\0" * 1000
    committed, uncommitted = blob.get_block_list("all")
    assert ([b.id for b in committed], uncommitted) == ([base64.b64decode(block_id(i)).decode() for i in (2, 0)], []) or (
        [b.id for b in committed], uncommitted) == ([block_id(2), block_id(0)], [])
    properties = blob.get_blob_properties()
    assert (properties.metadata, properties.content_settings.content_type) == ({"k": "v"}, "text/plain")
    # Committed blocks are taken again beside new ones.
    blob.stage_block(block_id(9), b"nine")
    blob.commit_block_list([BlobBlock(block_id(0)), BlobBlock(block_id(9))])
    assert blob.download_blob().readall() == b"\0" * 1000 + b"nine"
    with pytest.raises(HttpResponseError) as error:
        blob.commit_block_list([BlobBlock(block_id(77))])
    assert (error.value.status_code, code_of(error)) == (400, "InvalidBlockList")
    assert blob.download_blob().readall() == b"\0" * 1000 + b"nine"


def test_staged_blocks_survive_kill_9(own_server):
    connection = own_server.ok("storage", "connection-string", "--endpoint", own_server.url).strip()
    blob = BlobClient.from_connection_string(connection, "files", "b.bin")
    blob.stage_block(block_id(1), b"kept")
    own_server.stop(signal.SIGKILL)
    own_server.serve()
    connection = own_server.ok("storage", "connection-string", "--endpoint", own_server.url).strip()
    blob = BlobClient.from_connection_string(connection, "files", "b.bin")
    blob.commit_block_list([BlobBlock(block_id(1))])
    assert blob.download_blob().readall() == b"kept"


def memory_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    raise AssertionError("no VmHWM")


def test_a_large_blob_in_parallel_blocks_and_constant_memory(server, container):
    data = os.urandom(1 << 20) * 64
    before = memory_kb(server.server.pid)
    blob = container.get_blob_client("large.bin")
    blob.upload_blob(data, max_concurrency=4, validate_content=False, length=len(data))
    assert blob.get_blob_properties().size == 64 << 20
    got = blob.download_blob(max_concurrency=4).readall()
    assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()
    assert memory_kb(server.server.pid) - before < 48 << 10, "the server never holds the whole blob"


def test_many_at_once(container):
    def round_trip(i: int) -> bool:
        data = os.urandom(10_000)
        blob = container.upload_blob(f"p/{i}", data)
        return blob.download_blob().readall() == data

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(round_trip, range(100)))
    assert len(list(container.list_blobs())) == 100


def test_append_blobs(container):
    blob = container.get_blob_client("log.txt")
    blob.create_append_blob(metadata={"k": "v"})
    first = blob.append_block(b"one\n")
    assert (first["blob_append_offset"], first["blob_committed_block_count"]) == ("0", 1)
    second = blob.append_block(b"two\n", appendpos_condition=4, validate_content=True)
    assert (second["blob_append_offset"], second["blob_committed_block_count"]) == ("4", 2)
    with pytest.raises(HttpResponseError) as error:
        blob.append_block(b"x", appendpos_condition=4)
    assert (error.value.status_code, code_of(error)) == (412, "AppendPositionConditionNotMet")
    with pytest.raises(HttpResponseError) as error:
        blob.append_block(b"x" * 10, maxsize_condition=10)
    assert code_of(error) == "MaxBlobSizeConditionNotMet"
    properties = blob.get_blob_properties()
    assert (properties.blob_type, properties.metadata, properties.append_blob_committed_block_count) == (
        "AppendBlob", {"k": "v"}, 2)
    container.upload_blob("block.txt", b"x")
    with pytest.raises(HttpResponseError) as error:
        container.get_blob_client("block.txt").append_block(b"x")
    assert (error.value.status_code, code_of(error)) == (409, "InvalidBlobType")

    threads = [threading.Thread(target=blob.append_block, args=(b"%03d\n" % i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = blob.download_blob().readall().splitlines()
    assert (lines[:2], sorted(lines[2:])) == ([b"one", b"two"], [b"%03d" % i for i in range(20)])


# -- Copies


def test_copies(container, blobs, name):
    source = container.upload_blob("s/a b.txt", b"copied", metadata={"m": "1"},
                                   content_settings=ContentSettings(content_type="text/plain"))
    target = container.get_blob_client("t/copy.txt")
    answer = target.start_copy_from_url(source.url)
    assert answer["copy_status"] == "success"
    properties = target.get_blob_properties()
    assert (properties.metadata, properties.content_settings.content_type) == ({"m": "1"}, "text/plain")
    assert target.download_blob().readall() == b"copied"
    assert target.start_copy_from_url(source.url, requires_sync=True, metadata={"n": "2"})["copy_status"] == "success"
    assert target.get_blob_properties().metadata == {"n": "2"}
    container.get_blob_client("u").upload_blob_from_url(source.url)
    assert container.download_blob("u").readall() == b"copied"
    part = container.get_blob_client("part")
    part.stage_block_from_url(block_id(1), source.url, source_offset=2, source_length=3)
    part.commit_block_list([BlobBlock(block_id(1))])
    assert part.download_blob().readall() == b"pie"
    with pytest.raises(ResourceNotFoundError):
        target.start_copy_from_url(f"{container.url}/absent")
    with pytest.raises(HttpResponseError) as error:
        target.start_copy_from_url("http://127.0.0.1:1/tarn/files/x")
    assert code_of(error) == "CannotVerifyCopySource"
    with pytest.raises(HttpResponseError) as error:
        target.start_copy_from_url(source.url, source_etag="0x1", source_match_condition=MatchConditions.IfNotModified)
    assert (error.value.status_code, code_of(error)) == (412, "SourceConditionNotMet")


# -- Leases


def test_a_lease_keeps_others_out(container):
    blob = container.upload_blob("leased", b"1")
    lease = blob.acquire_lease(15)
    properties = blob.get_blob_properties()
    assert (properties.lease.state, properties.lease.status, properties.lease.duration) == ("leased", "locked", "fixed")
    for change in (lambda: blob.upload_blob(b"2", overwrite=True), lambda: blob.set_blob_metadata({"a": "1"}),
                   blob.delete_blob):
        with pytest.raises(HttpResponseError) as error:
            change()
        assert (error.value.status_code, code_of(error)) == (412, "LeaseIdMissing")
    with pytest.raises(HttpResponseError) as error:
        blob.upload_blob(b"2", overwrite=True, lease=str(uuid.uuid4()))
    assert code_of(error) == "LeaseIdMismatchWithBlobOperation"
    blob.upload_blob(b"2", overwrite=True, lease=lease)
    with pytest.raises(HttpResponseError) as error:
        blob.acquire_lease(15)
    assert (error.value.status_code, code_of(error)) == (409, "LeaseAlreadyPresent")
    lease.renew()
    lease.change(str(uuid.uuid4()))
    ended = lease.id
    lease.release()
    blob.upload_blob(b"3", overwrite=True)
    with pytest.raises(HttpResponseError) as error:
        blob.upload_blob(b"4", overwrite=True, lease=ended)
    assert code_of(error) == "LeaseNotPresentWithBlobOperation"
    assert blob.download_blob().readall() == b"3"


def test_breaking_a_lease(container):
    blob = container.upload_blob("broken", b"1")
    lease = blob.acquire_lease(-1)
    assert BlobLeaseClient(blob).break_lease(lease_break_period=30) in range(29, 31)
    assert blob.get_blob_properties().lease.state == "breaking"
    with pytest.raises(HttpResponseError) as error:
        blob.acquire_lease(15)
    assert code_of(error) == "LeaseIsBreakingAndCannotBeAcquired"
    assert BlobLeaseClient(blob).break_lease(lease_break_period=0) == 0
    assert blob.get_blob_properties().lease.state == "broken"
    with pytest.raises(HttpResponseError) as error:
        lease.renew()
    assert code_of(error) == "LeaseIsBrokenAndCannotBeRenewed"
    blob.upload_blob(b"2", overwrite=True)
    with pytest.raises(HttpResponseError) as error:
        blob.acquire_lease(5)
    assert code_of(error) == "InvalidHeaderValue"


def test_a_container_has_a_lease_too(container):
    lease = container.acquire_lease(-1)
    with pytest.raises(HttpResponseError) as error:
        container.delete_container()
    assert code_of(error) == "LeaseIdMissing"
    container.upload_blob("inside", b"free")
    container.delete_container(lease=lease)


# -- What is refused


def test_what_is_not_here_is_refused_by_its_name(container):
    blob = container.upload_blob("x", b"x")
    refused = {
        "Snapshot Blob": blob.create_snapshot,
        "Undelete Blob": blob.undelete_blob,
        "Set Blob Tags": lambda: blob.set_blob_tags({"a": "1"}),
        "Get Blob Tags": blob.get_blob_tags,
        "Page blobs": lambda: container.get_blob_client("p").create_page_blob(512),
        "Append Blob Seal": blob.seal_append_blob,
        "versionid": lambda: blob.get_blob_properties(version_id="2026-01-01T00:00:00.0000000Z"),
    }
    for what, call in refused.items():
        with pytest.raises(HttpResponseError) as error:
            call()
        assert (error.value.status_code, code_of(error)) == (501, "NotImplemented"), what
        if call not in (blob.get_blob_properties,) and error.value.message:
            assert what in str(error.value) or what == "versionid"
    blob.set_standard_blob_tier(StandardBlobTier.HOT)
    with pytest.raises(HttpResponseError) as error:
        blob.set_standard_blob_tier(StandardBlobTier.ARCHIVE)
    assert code_of(error) == "InvalidBlobTier"


def raw(server, method: str, path: str, headers: dict | None = None, body: bytes = b"") -> tuple[int, dict, bytes]:
    host = server.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request(method, path, body=body, headers=headers or {})
    response = connection.getresponse()
    answer = response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    connection.close()
    return answer


def test_checksums_of_bodies(server, container, name):
    path = f"/tarn/{name}/sum"
    put = {"x-ms-blob-type": "BlockBlob"}
    status, headers, body = raw(server, "PUT", path, {**put, "Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, b"bytes")
    assert (status, headers["x-ms-error-code"]) == (400, "Md5Mismatch")
    status, headers, _ = raw(server, "PUT", path, {**put, "x-ms-content-crc64": "AAAAAAAAAAA="}, b"bytes")
    assert (status, headers["x-ms-error-code"]) == (400, "Crc64Mismatch")
    assert raw(server, "GET", path)[0] == 404, "what was refused is not there"
    # The check value of CRC-64/NVME: of "123456789" it is AE8B14860A799888.
    crc = base64.b64encode(bytes.fromhex("ae8b14860a799888")[::-1]).decode()
    status, headers, _ = raw(server, "PUT", path, {**put, "x-ms-content-crc64": crc}, b"123456789")
    assert (status, headers["x-ms-content-crc64"]) == (201, crc)
    assert headers["content-md5"] == base64.b64encode(hashlib.md5(b"123456789").digest()).decode()


@pytest.mark.parametrize(("method", "path", "headers", "body", "status", "code"), [
    ("PUT", "x", {}, b"", 400, "MissingRequiredHeader"),
    ("PUT", "x", {"x-ms-blob-type": "Other"}, b"", 400, "InvalidHeaderValue"),
    ("PUT", "x?comp=nonsense", {"x-ms-blob-type": "BlockBlob"}, b"", 400, "InvalidQueryParameterValue"),
    ("PUT", "x?comp=block&blockid=!!", {}, b"b", 400, "InvalidQueryParameterValue"),
    ("PUT", "x?comp=blocklist", {}, b"<BlockList><Latest>", 400, "InvalidXmlDocument"),
    ("PUT", "x?comp=blocklist", {}, b"<!DOCTYPE x><BlockList/>", 400, "InvalidXmlDocument"),
    ("PUT", "x?comp=blocklist", {}, b"<BlockList><Other>AAAA</Other></BlockList>", 400, "InvalidXmlNodeValue"),
    ("PUT", "x?comp=lease", {"x-ms-lease-action": "nonsense"}, b"", 404, "BlobNotFound"),
    ("PUT", "../x", {"x-ms-blob-type": "BlockBlob"}, b"", 400, "InvalidInput"),
    ("PUT", "a%2F..%2F..%2Fx", {"x-ms-blob-type": "BlockBlob"}, b"", 400, "InvalidInput"),
    ("PUT", "x", {"x-ms-blob-type": "BlockBlob", "x-ms-tags": "a=b"}, b"", 400, "UnsupportedHeader"),
    ("PUT", "x", {"x-ms-blob-type": "BlockBlob", "x-ms-access-tier": "Cool"}, b"", 400, "InvalidBlobTier"),
    ("GET", "absent", {}, b"", 404, "BlobNotFound"),
    ("GET", "absent?snapshot=2026", {}, b"", 501, "NotImplemented"),
    ("GET", "absent", {"Authorization": "SharedKey nonsense"}, b"", 400, "InvalidAuthenticationInfo"),
    ("GET", "absent", {"Authorization": "SharedKeyLite tarn:AAAA"}, b"", 403, "AuthenticationFailed"),
    ("GET", "absent", {"Authorization": "Bearer nonsense"}, b"", 403, "AuthenticationFailed"),
    ("POST", "?restype=container&comp=batch", {"Content-Type": "text/plain"}, b"x", 400, "InvalidInput"),
])
def test_bad_input(server, container, name, method, path, headers, body, status, code):
    target = f"/tarn/{name}{path}" if path.startswith("?") else f"/tarn/{name}/{path}"
    got, got_headers, got_body = raw(server, method, target, headers, body)
    assert (got, got_headers["x-ms-error-code"]) == (status, code), got_body
    assert f"<Code>{code}</Code>".encode() in got_body
    assert got_headers["x-ms-request-id"].encode() in got_body
    assert raw(server, "GET", f"/tarn/{name}/x")[0] == 404, "nothing came of it"


def test_other_routes_are_not_storage(server):
    for path in ("/lake/nothing", "/tables/x/y/z", "/jobz", "/healthz"):
        status, headers, _ = raw(server, "GET", path)
        assert "x-ms-request-id" not in headers, path
    assert raw(server, "GET", "/jobz")[0] == 404


def test_an_upload_that_breaks_off_leaves_nothing(server, container, name):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"PUT /tarn/{name}/cut HTTP/1.1\r\nHost: {host}:{port}\r\nx-ms-blob-type: BlockBlob\r\n"
                           "Content-Length: 1000000\r\n\r\n".encode() + b"x" * 1000)
        time.sleep(0.1)
    assert raw(server, "GET", f"/tarn/{name}/cut")[0] == 404
    folder = Path(server.home) / "lake" / name
    deadline = time.monotonic() + 10
    while any(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(folder.iterdir()) == []


def test_wrong_keys(url, name, container):
    wrong = base64.b64encode(b"x" * 64).decode()
    client = BlobClient(url, name, "x", credential={"account_name": "tarn", "account_key": wrong}, retry_total=0)
    with pytest.raises(ClientAuthenticationError) as error:
        client.upload_blob(b"x")
    assert (error.value.status_code, code_of(error)) == (403, "AuthenticationFailed")
