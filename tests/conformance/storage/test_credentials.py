"""Who may: Shared Key, signatures, tokens, the trust rule; and any account name."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import (
    AccountSasPermissions,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ContainerSasPermissions,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)
from azure.storage.filedatalake import (
    DataLakeDirectoryClient,
    DirectorySasPermissions,
    FileSystemClient,
    generate_directory_sas,
)
from conftest import ACCOUNT, key_of

HOUR = dt.timedelta(hours=1)


def now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def refused(call) -> tuple[int, str]:
    with pytest.raises(HttpResponseError) as error:
        call()
    return error.value.status_code, str(getattr(error.value.error_code, "value", error.value.error_code))


def test_the_owner_on_loopback_needs_no_credentials(server):
    client = BlobServiceClient(f"{server.url}/anyname")
    assert "files" in [c.name for c in client.list_containers()]


def test_every_account_name_is_this_lake(server, key, container, name):
    container.upload_blob("x", b"x")
    for account in ("contoso", "devstoreaccount1"):
        client = BlobServiceClient(f"{server.url}/{account}", credential={"account_name": account, "account_key": key})
        assert client.get_blob_client(name, "x").download_blob().readall() == b"x"


def test_a_bearer_token(server, container, name):
    # Azure's clients send tokens over https only; curl does not mind.
    def get(token: str) -> tuple[int, str]:
        request = urllib.request.Request(f"{server.url}/tarn/{name}/x", headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["x-ms-error-code"]

    container.upload_blob("x", b"text")
    assert get((server.home / "run" / "token").read_text().strip()) == (200, "text")
    assert get("tarn_" + "0" * 64) == (403, "AuthenticationFailed")


def container_client(url, name, sas):
    return ContainerClient(url, name, credential=sas, retry_total=0)


def test_the_signature_of_a_container(url, key, container, name):
    container.upload_blob("x", b"x")

    def client(permissions, **options):
        options.setdefault("expiry", now() + HOUR)
        sas = generate_container_sas(ACCOUNT, name, account_key=key, permission=permissions, **options)
        return container_client(url, name, sas)

    reader = client(ContainerSasPermissions(read=True, list=True))
    assert reader.download_blob("x").readall() == b"x"
    assert [b.name for b in reader.list_blobs()] == ["x"]
    mismatch = (403, "AuthorizationPermissionMismatch")
    assert refused(lambda: reader.upload_blob("y", b"y")) == mismatch
    assert refused(lambda: reader.delete_blob("x")) == mismatch
    assert refused(reader.delete_container) == mismatch
    # May create, and not replace.
    creator = client(ContainerSasPermissions(create=True))
    creator.upload_blob("new", b"1")
    assert refused(lambda: creator.upload_blob("new", b"2", overwrite=True)) == mismatch
    assert refused(lambda: creator.download_blob("new")) == mismatch
    assert refused(lambda: client("r", expiry=now() - HOUR).download_blob("x")) == (403, "AuthenticationFailed")
    assert refused(lambda: client("r", start=now() + HOUR, expiry=now() + 2 * HOUR).download_blob("x")) == (
        403, "AuthenticationFailed")
    assert refused(lambda: client("r", protocol="https").download_blob("x")) == (403, "AuthorizationProtocolMismatch")
    assert refused(lambda: client("r", ip="10.0.0.1").download_blob("x")) == (403, "AuthorizationSourceIPMismatch")
    assert client("r", ip="127.0.0.1-127.0.0.9").download_blob("x").readall() == b"x"
    # Of another container.
    sas = generate_container_sas(ACCOUNT, "files", account_key=key, permission="rl", expiry=now() + HOUR)
    assert refused(lambda: container_client(url, name, sas).download_blob("x")) == (403, "AuthenticationFailed")
    altered = generate_container_sas(ACCOUNT, name, account_key=key, permission="r", expiry=now() + HOUR)
    altered = altered.replace("sp=r", "sp=rwdl")
    assert refused(lambda: container_client(url, name, altered).download_blob("x")) == (403, "AuthenticationFailed")


def test_the_signature_of_a_blob(url, key, container, name):
    container.upload_blob("d/x", b"x")
    container.upload_blob("d/y", b"y")
    sas = generate_blob_sas(ACCOUNT, name, "d/x", account_key=key, permission=BlobSasPermissions(read=True, write=True),
                            expiry=now() + HOUR, content_type="text/special")
    client = container_client(url, name, sas)
    answer = client.download_blob("d/x")
    assert (answer.readall(), answer.properties.content_settings.content_type) == (b"x", "text/special")
    assert refused(lambda: client.download_blob("d/y")) == (403, "AuthenticationFailed")
    assert refused(lambda: client.get_blob_client("d/x").delete_blob()) == (403, "AuthorizationPermissionMismatch")


def test_the_signature_of_a_directory(url, key, container, name):
    container.upload_blob("a/b/x", b"x")
    container.upload_blob("a/y", b"y")
    sas = generate_directory_sas(ACCOUNT, name, "a/b", key, permission=DirectorySasPermissions(read=True, write=True),
                                 expiry=now() + HOUR)
    directory = DataLakeDirectoryClient(url, name, "a/b", credential=sas, retry_total=0)
    assert directory.get_file_client("x").download_file().readall() == b"x"
    sas = generate_directory_sas(ACCOUNT, name, "a/b", key, permission=DirectorySasPermissions(read=True, list=True),
                                 expiry=now() + HOUR)
    filesystem = FileSystemClient(url, name, credential=sas, retry_total=0)
    assert [p.name for p in filesystem.get_paths("a/b")] == ["a/b/x"]
    assert refused(lambda: list(filesystem.get_paths("a")))[0] == 403
    assert refused(lambda: list(filesystem.get_paths()))[0] == 403
    blobs_below = container_client(url, name, sas)
    assert [b.name for b in blobs_below.list_blobs(name_starts_with="a/b/")] == ["a/b/x"]
    assert refused(lambda: list(blobs_below.list_blobs(name_starts_with="a/b")))[0] == 403
    outside = DataLakeDirectoryClient(url, name, "a", credential=sas, retry_total=0)
    assert refused(lambda: outside.get_file_client("y").download_file())[0] == 403


def test_the_signature_of_an_account(url, key, container, name):
    def client(types, permissions):
        sas = generate_account_sas(ACCOUNT, key, ResourceTypes.from_string(types), permissions, expiry=now() + HOUR)
        return BlobServiceClient(url, credential=sas, retry_total=0)

    whole = client("sco", AccountSasPermissions(read=True, write=True, list=True, delete=True, create=True))
    assert name in [c.name for c in whole.list_containers()]
    whole.get_blob_client(name, "x").upload_blob(b"x")
    whole.create_container(name + "x").delete_container()
    objects = client("o", AccountSasPermissions(read=True))
    assert objects.get_blob_client(name, "x").download_blob().readall() == b"x"
    assert refused(lambda: list(objects.list_containers())) == (403, "AuthorizationResourceTypeMismatch")
    assert refused(lambda: objects.get_blob_client(name, "y").upload_blob(b"y")) == (
        403, "AuthorizationPermissionMismatch")


def test_what_is_done_is_audited(server, container, name):
    container.upload_blob("seen", b"x")
    list(container.delete_blobs("seen"))
    with urllib.request.urlopen(f"{server.url}/audit?limit=50", timeout=20) as answer:
        entries = json.load(answer)["entries"]
    done = {(entry["action"], entry["scope"], entry["outcome"]) for entry in entries}
    assert ("lake/files/write", f"/containers/{name}/seen", "allowed") in done
    assert ("lake/files/delete", f"/containers/{name}/seen", "allowed") in done


def test_the_key_is_the_owners(server):
    request = urllib.request.Request(f"{server.url}/storage/key", headers={"Authorization": "Bearer tarn_" + "0" * 64})
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=20)
    assert error.value.code == 401


def test_a_renewed_key_ends_the_old_one(own_server):
    old = key_of(own_server)
    sas = generate_container_sas(ACCOUNT, "files", account_key=old, permission="l", expiry=now() + HOUR)
    signed = container_client(f"{own_server.url}/{ACCOUNT}", "files", sas)
    assert list(signed.list_blobs()) == []
    new = own_server.ok("storage", "key", "--renew").strip()
    assert new != old and key_of(own_server) == new
    assert refused(lambda: list(signed.list_blobs())) == (403, "AuthenticationFailed")
    with pytest.raises(ResourceNotFoundError):
        BlobServiceClient(f"{own_server.url}/{ACCOUNT}",
                          credential={"account_name": ACCOUNT, "account_key": new}).get_blob_client(
                              "files", "absent").download_blob()
