"""azure-storage-file-datalake against the storage API."""

from __future__ import annotations

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.filedatalake import ContentSettings


def code_of(error) -> str:
    return str(getattr(error.value.error_code, "value", error.value.error_code))


def test_filesystems(lake, name):
    made = lake.create_file_system(name, metadata={"a": "1"})
    assert made.exists()
    assert made.get_file_system_properties().metadata == {"a": "1"}
    assert name in [f.name for f in lake.list_file_systems()]
    with pytest.raises(ResourceExistsError):
        lake.create_file_system(name)
    made.delete_file_system()
    assert not made.exists()


def test_append_and_flush(filesystem, server, name):
    file = filesystem.create_file("data/x.csv", metadata={"m": "1"})
    assert file.get_file_properties().size == 0
    file.append_data(b"one,", 0)
    file.append_data(b"two\n", 4, validate_content=True)
    assert file.download_file().readall() == b"", "what is not flushed is not there"
    file.flush_data(8, content_settings=ContentSettings(content_type="text/csv"))
    assert file.download_file().readall() == b"one,two\n"
    file.append_data(b"three\n", 8, flush=True)
    assert server.ok("lake", "cat", f"{name}/data/x.csv") == "one,two\nthree\n"
    properties = file.get_file_properties()
    assert (properties.size, properties.metadata, properties.content_settings.content_type) == (
        14, {"m": "1"}, "text/csv")
    with pytest.raises(HttpResponseError) as error:
        file.flush_data(100)
    assert (error.value.status_code, code_of(error)) == (400, "InvalidFlushPosition")
    with pytest.raises(HttpResponseError) as error:
        file.append_data(b"x", 0)
    assert code_of(error) == "InvalidAppendPosition"
    assert file.download_file(offset=4, length=3).readall() == b"two"


def test_uploading_whole_files(filesystem):
    file = filesystem.get_file_client("up/large.bin")
    data = bytes(range(256)) * (20 << 12)
    file.upload_data(data, overwrite=True, max_concurrency=4, chunk_size=4 << 20)
    assert file.download_file().readall() == data
    with pytest.raises(HttpResponseError):
        filesystem.get_file_client("up").upload_data(b"x", overwrite=True)


def test_directories_and_lists(filesystem):
    filesystem.create_directory("a/b")
    for path in ["a/1.txt", "a/b/2.txt", "c.txt"]:
        filesystem.get_file_client(path).upload_data(path.encode(), overwrite=True)
    assert [(p.name, p.is_directory) for p in filesystem.get_paths()] == [
        ("a", True), ("a/1.txt", False), ("a/b", True), ("a/b/2.txt", False), ("c.txt", False)]
    assert [p.name for p in filesystem.get_paths(recursive=False)] == ["a", "c.txt"]
    assert [p.name for p in filesystem.get_paths("a/b")] == ["a/b/2.txt"]
    pages = filesystem.get_paths(max_results=2).by_page()
    assert [[p.name for p in page] for page in pages] == [["a", "a/1.txt"], ["a/b", "a/b/2.txt"], ["c.txt"]]
    assert [p.content_length for p in filesystem.get_paths("a", recursive=False)] == [7, 0]
    with pytest.raises(ResourceNotFoundError) as error:
        list(filesystem.get_paths("absent"))
    assert code_of(error) == "PathNotFound"
    directory = filesystem.get_directory_client("a")
    assert directory.exists() and directory.get_directory_properties().name == "a"
    assert not filesystem.get_directory_client("zz").exists()
    directory.delete_directory()
    assert [p.name for p in filesystem.get_paths()] == ["c.txt"]


def test_renames(filesystem, name, lake):
    filesystem.get_file_client("a/x y.txt").upload_data(b"x", overwrite=True, metadata={"k": "v"})
    moved = filesystem.get_file_client("a/x y.txt").rename_file(f"{name}/b/z.txt")
    assert moved.download_file().readall() == b"x"
    assert moved.get_file_properties().metadata == {"k": "v"}
    assert not filesystem.get_file_client("a/x y.txt").exists()
    # Over a file that is there, unless that is forbidden.
    filesystem.get_file_client("other").upload_data(b"o", overwrite=True)
    with pytest.raises(ResourceExistsError) as error:
        moved.rename_file(f"{name}/other", match_condition=MatchConditions.IfMissing)
    assert code_of(error) == "PathAlreadyExists"
    moved.rename_file(f"{name}/other")
    assert filesystem.get_file_client("other").download_file().readall() == b"x"
    # Directories.
    filesystem.get_file_client("d/1/f").upload_data(b"f", overwrite=True)
    filesystem.get_directory_client("d").rename_directory(f"{name}/e")
    assert filesystem.get_file_client("e/1/f").download_file().readall() == b"f"
    with pytest.raises(HttpResponseError):
        filesystem.get_directory_client("absent").rename_directory(f"{name}/e2")
    with pytest.raises(HttpResponseError):
        filesystem.get_directory_client("e").rename_directory(f"{name}/e/inside")


def test_access_control(filesystem):
    directory = filesystem.create_directory("secret")
    assert directory.get_access_control()["permissions"] == "rwxr-x---"
    directory.set_access_control(acl="user::rwx,user:alice:r-x,group::r-x,mask::r-x,other::---", owner="bob",
                                 group="hydrology")
    access = directory.get_access_control()
    assert (access["owner"], access["group"], access["permissions"]) == ("bob", "hydrology", "rwxr-x---+")
    assert access["acl"] == "user::rwx,user:alice:r-x,group::r-x,mask::r-x,other::---"
    directory.set_access_control(permissions="0700")
    assert directory.get_access_control()["permissions"].startswith("rwx------")
    file = filesystem.create_file("secret/f", permissions="rw-------", umask="0000")
    assert file.get_access_control()["permissions"] == "rw-------"
    with pytest.raises(HttpResponseError) as error:
        directory.set_access_control(acl="user::rwx")
    assert error.value.status_code == 400
    with pytest.raises(HttpResponseError) as error:
        directory.set_access_control(permissions="rwz------")
    assert error.value.status_code == 400
    assert [p.permissions for p in filesystem.get_paths(recursive=False)][0].startswith("rwx------")
    root = filesystem._get_root_directory_client()
    root.set_access_control(permissions="rwxr-xr-x")
    assert root.get_access_control()["permissions"] == "rwxr-xr-x"
    with pytest.raises(HttpResponseError) as error:
        directory.set_access_control_recursive("user::rwx,group::r-x,other::---")
    assert "NotImplemented" in str(error.value) or error.value.status_code == 501


def test_properties_and_leases(filesystem):
    file = filesystem.create_file("p")
    file.set_metadata({"a": "1"})
    file.set_http_headers(ContentSettings(content_type="text/plain"))
    properties = file.get_file_properties()
    assert (properties.metadata, properties.content_settings.content_type) == ({"a": "1"}, "text/plain")
    lease = file.acquire_lease(15)
    with pytest.raises(HttpResponseError) as error:
        file.append_data(b"x", 0)
    assert code_of(error) == "LeaseIdMissing"
    file.append_data(b"x", 0, lease=lease)
    file.flush_data(1, lease=lease)
    with pytest.raises(HttpResponseError):
        file.delete_file()
    file.delete_file(lease=lease)
    assert not file.exists()


def test_create_over_what_is_there(filesystem):
    filesystem.create_file("f")
    with pytest.raises(ResourceExistsError) as error:
        filesystem.create_file("f", match_condition=MatchConditions.IfMissing)
    assert code_of(error) == "PathAlreadyExists"
    with pytest.raises(ResourceNotFoundError):
        filesystem.get_file_client("absent").delete_file()
