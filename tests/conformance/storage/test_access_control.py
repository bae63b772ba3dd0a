"""Access control lists bind whom no role lets in: on the storage API, REST and SQL."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.filedatalake import DataLakeServiceClient


def call(server, method: str, path: str, body: object = None, token: str = "", raw: bytes | None = None) -> tuple[int, object]:
    headers = {"Content-Type": "application/json" if raw is None else "application/octet-stream"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = raw if raw is not None else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


@pytest.fixture
def alice(server, name):
    """A principal without a role: its id, its token, and a client of Azure's that sends it."""
    status, made = call(server, "POST", "/identity/principals", {"name": "alice-" + name})
    assert status == 201, made
    status, token = call(server, "POST", f"/identity/principals/{made['id']}/tokens", {"lifetime_s": 600})
    assert status == 201, token

    def sign(request):
        # Azure's own policy sends a token over https only.
        request.http_request.headers["Authorization"] = f"Bearer {token['token']}"

    client = DataLakeServiceClient(f"{server.url}/tarn", raw_request_hook=sign, retry_total=0)
    return made["id"], token["token"], client.get_file_system_client(name)


def refused(call_it) -> None:
    with pytest.raises(HttpResponseError) as error:
        call_it()
    assert error.value.status_code == 403
    assert error.value.response.headers["x-ms-error-code"] == "AuthorizationPermissionMismatch"


def allow(client, who: str, permissions: str, default: str = "") -> None:
    acl = f"user::rwx,user:{who}:{permissions},group::r-x,other::---"
    client.set_access_control(acl=acl + (f",default:user::rwx,default:user:{who}:{default}" if default else ""))


def test_a_second_principal_goes_where_lists_let_it(server, filesystem, alice):
    who, token, theirs = alice
    filesystem.create_directory("data/in").create_file("f.csv").upload_data(b"a\n1\n", overwrite=True)
    refused(lambda: theirs.get_file_client("data/in/f.csv").download_file().readall())
    root = filesystem._get_root_directory_client()
    allow(root, who, "--x")
    allow(filesystem.get_directory_client("data"), who, "--x")
    allow(filesystem.get_directory_client("data/in"), who, "r-x")
    refused(lambda: theirs.get_file_client("data/in/f.csv").download_file().readall())
    filesystem.get_file_client("data/in/f.csv").set_access_control(acl=f"user::rw-,user:{who}:r--,group::---,other::---")
    assert theirs.get_file_client("data/in/f.csv").download_file().readall() == b"a\n1\n"
    assert [p.name for p in theirs.get_paths("data/in")] == ["data/in/f.csv"]
    refused(lambda: list(theirs.get_paths()))
    refused(lambda: theirs.get_file_client("data/in/f.csv").append_data(b"x", 4))
    refused(lambda: theirs.get_file_client("data/in/g.csv").create_file())
    refused(lambda: theirs.get_file_client("data/in/f.csv").delete_file())
    refused(lambda: theirs.get_file_client("data/in/f.csv").set_access_control(permissions="rwxrwxrwx"))
    path = f"{filesystem.file_system_name}/data/in/f.csv"
    assert call(server, "GET", f"/lake/paths/{path}", token=token) == (200, b"a\n1\n")
    status, problem = call(server, "DELETE", f"/lake/paths/{path}", token=token)
    assert status == 403
    assert "Its access control list can name them too." in problem["hint"]


def test_default_entries_and_owners(filesystem, alice):
    who, _, theirs = alice
    allow(filesystem._get_root_directory_client(), who, "--x")
    shared = filesystem.create_directory("shared")
    allow(shared, who, "rwx", default="rwx")
    filesystem.create_directory("shared/sub").create_file("ours")
    file = theirs.get_file_client("shared/sub/mine")
    file.upload_data(b"x", overwrite=True)
    access = file.get_access_control()
    assert access["owner"] == who
    assert f"user:{who}:rwx" in access["acl"]
    file.set_access_control(acl="user::rw-,group::---,other::---")  # its owner may
    refused(lambda: file.set_access_control(owner="somebody"))
    refused(lambda: theirs.get_file_client("shared/sub/ours").set_access_control(permissions="rwxrwxrwx"))
    theirs.get_file_client("shared/sub/ours").rename_file(f"{filesystem.file_system_name}/shared/renamed")
    assert {p.name for p in theirs.get_paths("shared")} == {"shared/renamed", "shared/sub", "shared/sub/mine"}
    theirs.get_directory_client("shared/sub").delete_directory()
    filesystem.get_directory_client("shared").set_access_control(permissions="rwxr-x---")


def test_sql_reads_files_by_their_lists(server, filesystem, alice):
    who, token, _ = alice
    container = filesystem.file_system_name
    for place in ("open", "closed"):
        filesystem.create_directory(place).create_file("f.csv").upload_data(b"a,b\n1,2\n3,4\n", overwrite=True)
    allow(filesystem._get_root_directory_client(), who, "--x")
    allow(filesystem.get_directory_client("open"), who, "r-x")
    filesystem.get_file_client("open/f.csv").set_access_control(acl=f"user::rw-,user:{who}:r--,group::---,other::---")
    status, _ = call(server, "POST", "/identity/roles/grant", {"principal_id": who, "role": "sql-user", "scope": "/"})
    assert status == 204

    def read(path: str) -> tuple[int, object]:
        rowset = f"OPENROWSET(BULK '{container}/{path}', FORMAT = 'CSV', PARSER_VERSION = '2.0', HEADER_ROW = TRUE)"
        return call(server, "POST", "/sql", {"query": f"SELECT COUNT(*) AS n FROM {rowset} AS r"}, token)

    for path in ("open/f.csv", "open/*.csv", "open/"):
        status, answer = read(path)
        assert status == 200 and answer["results"][0]["rows"] == [[2]], answer
    for path in ("closed/f.csv", "closed/*.csv", "*/f.csv"):
        assert read(path)[0] == 403, path
    filesystem.create_file("open/g.csv")  # has no list that names them
    assert read("open/*.csv")[0] == 403

    roles = [(r["role"], r["scope"]) for r in call(server, "GET", "/identity/roles?limit=1000")[1]["roles"] if r["principal_id"] == who]
    assert roles == [("sql-user", "/")]
    status, _ = call(server, "POST", "/identity/roles/revoke", {"principal_id": who, "role": "sql-user", "scope": "/"})
    assert status == 204
    assert read("open/f.csv")[0] == 403


def test_a_role_comes_first(server, filesystem, alice):
    who, _, theirs = alice
    filesystem.create_file("f").set_access_control(acl=f"user::rwx,user:{who}:---,group::---,other::---")
    refused(lambda: theirs.get_file_client("f").download_file().readall())
    status, _ = call(server, "POST", "/identity/roles/grant",
                     {"principal_id": who, "role": "reader", "scope": f"/containers/{filesystem.file_system_name}"})
    assert status == 204
    assert theirs.get_file_client("f").download_file().readall() == b""
    refused(lambda: theirs.get_file_client("g").create_file())
