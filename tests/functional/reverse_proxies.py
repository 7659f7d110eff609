"""A reverse proxy as people run it: nginx; playground.around.reverse_proxy has the one that is always at hand."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from playground.around.authority import Authority
from playground.around.reverse_proxy import PORT, Settings, certificate_files
from tests.functional.karma_process import accepts, wait_for

Proxy = Callable[..., AbstractContextManager[str]]
_NGINX = """
daemon off;
worker_processes 1;
pid {home}/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  upstream units {{
    {backends}
  }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {home}/front.crt;
    ssl_certificate_key {home}/front.key;
    location {path}/ {{
      proxy_pass {scheme}://units;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {home}/ca.crt;
      proxy_ssl_name karma-k8s;
      {headers}
    }}
  }}
}}
"""


@contextmanager
def nginx(authority: Authority, settings: Settings) -> Generator[str]:
    """Run nginx; yield the URL that it serves, without a slash at the end.

    Args:
        authority: has signed nginx' certificate, and the backends' where these serve https.
        settings: what it does.
    """
    if not (binary := shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")):
        pytest.skip("needs nginx: it is in Debian's package nginx-light")
    with tempfile.TemporaryDirectory(prefix="karma-playground-nginx-") as directory:
        home = Path(directory)
        for name, text in certificate_files(authority).items():
            (home / name).write_text(text)
        told = "\n".join(f"proxy_set_header {name} {value};" for name, value in settings.headers.items())
        servers = "\n".join(f"server {backend};" for backend in settings.backends)
        text = _NGINX.format(
            home=home, port=PORT, path=settings.path, scheme=settings.scheme, headers=told, backends=servers
        )
        (home / "nginx.conf").write_text(text)
        process = subprocess.Popen([binary, "-c", str(home / "nginx.conf"), "-p", directory, "-e", "stderr"])
        try:
            wait_for(lambda: accepts(PORT) or process.poll() is not None)
            assert process.poll() is None, "nginx does not serve"
            yield f"https://127.0.0.1:{PORT}{settings.path}"
        finally:
            process.terminate()
            process.wait(10)
