"""The door of SQL clients: where it opens, what it shows, and when it does not."""

import socket
import ssl
import stat
import subprocess

PRELOGIN = bytes([0x12, 1, 0, 15, 0, 0, 1, 0, 1, 0, 6, 0, 1, 0xFF, 2])  # encryption: not supported


def door_of(address: str) -> tuple[str, int]:
    host, port = address.rsplit(":", 1)
    return host, int(port)


def serve_until_ready(tarn, *arguments: str) -> tuple[subprocess.Popen, str]:
    server = subprocess.Popen([tarn.binary, "serve", "--listen", "127.0.0.1:0", *arguments], env=tarn.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "is ready at" in server.stdout.readline()
    return server, server.stdout


def test_the_door_answers_where_it_says(tarn):
    tarn.serve()
    with socket.create_connection(door_of(tarn.sql_address), timeout=10) as client:
        client.sendall(PRELOGIN)
        answer = client.recv(4096)
    assert answer[0] == 4 and answer[1] == 1
    assert bytes([12, 0, 2000 >> 8, 2000 & 0xFF]) in answer
    # Another address than loopback, and one that is taken, are errors.
    done = tarn.run("--home", str(tarn.home.parent / "other"), "serve", "--listen", "127.0.0.1:0", "--sql",
                    tarn.sql_address)
    assert done.returncode == 75 and b"Cannot listen on 127.0.0.1:" in done.stderr, done.stderr
    done = tarn.run("--home", str(tarn.home.parent / "other"), "serve", "--listen", "127.0.0.1:0", "--sql",
                    "0.0.0.0:0")
    assert done.returncode == 2 and b"needs TLS" in done.stderr, done.stderr


def test_without_an_address_a_port_that_is_taken_is_passed_over(tarn):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 1433))
            taken.listen()
        except OSError:
            pass  # somebody else has it: as well
        server, _ = serve_until_ready(tarn)
        server.terminate()
        said, _ = server.communicate(timeout=20)
    assert said == ""
    assert '"event":"sql.off"' in (tarn.home / "log" / "tarn.log").read_text()


def test_off_is_off(tarn):
    server, _ = serve_until_ready(tarn, "--sql", "off")
    server.terminate()
    said, _ = server.communicate(timeout=20)
    assert said == ""
    assert not (tarn.home / "tls").exists()


def test_the_certificate_is_the_one_that_strict_clients_see(tarn):
    exported = tarn.ok("tls", "export")
    assert exported == (tarn.home / "tls" / "server.pem").read_text()
    assert stat.S_IMODE((tarn.home / "tls" / "server.key").stat().st_mode) == 0o600
    tarn.serve()
    context = ssl.create_default_context(cadata=exported)
    context.set_alpn_protocols(["tds/8.0"])
    with socket.create_connection(door_of(tarn.sql_address), timeout=10) as client:
        with context.wrap_socket(client, server_hostname="localhost") as tls:
            assert tls.selected_alpn_protocol() == "tds/8.0"
            assert tls.version() == "TLSv1.3"
            tls.sendall(PRELOGIN)
            assert tls.recv(4096)[0] == 4
    assert tarn.json("tls", "export")["certificate"] == exported
