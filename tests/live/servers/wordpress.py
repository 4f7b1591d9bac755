"""A WordPress of our own: PHP's built-in web server, SQLite through WordPress's own plugin, no mail, no limits.

WordPress and the plugin come in one npm package; PHP comes from the system.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.live.servers.house import INSTALL_S, MissingError, Running, alone, free_port, root, start

PACKAGE = "@wp-playground/wordpress-builds"
VERSION = "0.9.19"
CORE = "package/src/wordpress/wp-6.5.zip"
PLUGIN = "package/src/sqlite-database-integration/sqlite-database-integration.zip"
DEBIAN = ("php-cli", "php-sqlite3", "php-xml", "php-mbstring", "php-gd")
HOW = f"install PHP with SQLite: apt-get install --no-install-recommends {' '.join(DEBIAN)}"

_WORKERS = 4
_CONFIG = """\
<?php
define('DB_NAME', 'wp'); define('DB_USER', ''); define('DB_PASSWORD', ''); define('DB_HOST', '');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('DB_DIR', '{folder}/wp-content/database/'); define('DB_FILE', 'wp.sqlite');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {{
  define($name . '_KEY', 'live-test-key-' . $name); define($name . '_SALT', 'live-test-salt-' . $name);
}}
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}'); define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
_QUIET = """\
<?php
add_filter('wp_is_comment_flood', '__return_false', 99);
add_filter('pre_wp_mail', '__return_true');
"""
_INSTALL = """\
<?php
define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => getenv('WP_HOST'), 'REQUEST_URI' => '/', 'SERVER_NAME' => '127.0.0.1',
  'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET'];
require getenv('WP_FOLDER') . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Live shop', 'brand', 'brand@shop.test', true, '', 'brand-login-password');
update_option('permalink_structure', getenv('WP_LINKS'));
update_option('comments_notify', 0); update_option('moderation_notify', 0);
update_option('comment_moderation', 0); update_option('comment_previously_approved', 0);
wp_delete_comment(1, true);
$posts = [];
foreach (['New opening hours', 'A new shop'] as $title)
  $posts[] = wp_insert_post(['post_title' => $title, 'post_content' => $title . ' in town.',
    'post_status' => 'publish', 'post_author' => 1, 'comment_status' => 'open']);
$editor = wp_insert_user(['user_login' => 'lea', 'user_pass' => 'lea-login-password',
  'user_email' => 'lea@shop.test', 'role' => 'editor']);
$made = [];
foreach ([1, $editor] as $id)
  $made[] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'cminbox'])[0];
echo json_encode(['posts' => $posts, 'passwords' => $made]);
"""


@dataclass
class WordPress:
    """The server, the secret of its login `brand`, and the numbers of two posts."""

    running: Running
    client: httpx.Client
    secret: str
    posts: list[int]

    @property
    def url(self) -> str:
        """Its address."""
        return self.running.url

    def visit(self, who: str, text: str, post: int, parent: int = 0) -> None:
        """A guest fills in the form below a post. Fails when the site does not take it."""
        form = {
            "comment": text,
            "author": who,
            "email": f"{who.lower()}@guests.test",
            "comment_post_ID": str(post),
            "comment_parent": str(parent),
        }
        answer = self.client.post("/wp-comments-post.php", data=form)
        assert answer.status_code == 302, f"{answer.status_code} {answer.text[:500]}"

    def api(self, method: str, path: str, body: dict[str, Any] | None = None, **params: Any) -> Any:
        """One call of the interface as the login `brand`, around the door; fails when it is refused."""
        name, _colon, password = self.secret.partition(":")
        address = f"/index.php?rest_route=/wp/v2{path}"
        query = "".join(f"&{key}={value}" for key, value in params.items())
        answer = self.client.request(method, address + query, json=body, auth=(name, password))
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def comments(self, **params: Any) -> list[dict[str, Any]]:
        """Every comment, whatever its state, oldest first."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.api(
                "GET",
                "/comments",
                **{"status": "any", "context": "edit", "orderby": "id", "order": "asc", **params},
                per_page=100,
                offset=len(found),
            )
            found += page
            if len(page) < 100:
                return found

    def stop(self) -> None:
        """End the server with its workers, each by its pid."""
        self.client.close()
        children = Path(f"/proc/{self.running.process.pid}/task/{self.running.process.pid}/children")
        workers = [int(pid) for pid in children.read_text().split()] if children.is_file() else []
        self.running.stop(also=workers)


def open_wordpress(folder: Path, *, public_url: str | None = None, links: str = "/%postname%/") -> WordPress:
    """Install WordPress if it is missing, and start one in `folder`. Raises `MissingError`.

    `public_url` is the address that it names as its own, `links` the form of its addresses ("": plain ones).
    """
    php = _php()
    builds = _builds()
    site = folder / "www"
    with zipfile.ZipFile(builds / CORE) as core:
        core.extractall(site)
    plugin = site / "wp-content" / "plugins" / "sqlite-database-integration"
    with zipfile.ZipFile(builds / PLUGIN) as packed:
        packed.extractall(folder / "plugin")
    shutil.move(folder / "plugin" / "sqlite-database-integration-main", plugin)
    shutil.rmtree(site / "wp-content" / "mu-plugins", ignore_errors=True)
    for name in ("mu-plugins", "database", "uploads"):
        (site / "wp-content" / name).mkdir(exist_ok=True)
    for old in (site / "wp-content" / "database").glob(".ht.sqlite*"):
        old.unlink()
    drop_in = (plugin / "db.copy").read_text()
    drop_in = drop_in.replace("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", str(plugin))
    (site / "wp-content" / "db.php").write_text(
        drop_in.replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php")
    )
    (site / "wp-content" / "mu-plugins" / "quiet.php").write_text(_QUIET)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (site / "wp-config.php").write_text(_CONFIG.format(folder=site, url=public_url or url))
    made = _installed(php, folder, site, public_url or url, links)
    command = [php, "-d", "memory_limit=256M", "-S", f"127.0.0.1:{port}", "-t", str(site)]
    running = start(command, url, "/?rest_route=/", folder, {"PHP_CLI_SERVER_WORKERS": str(_WORKERS)})
    client = httpx.Client(base_url=url, trust_env=False, timeout=60)
    return WordPress(running, client, f"brand:{made['passwords'][0]}", made["posts"])


def _installed(php: str, folder: Path, site: Path, url: str, links: str) -> dict[str, Any]:
    script = folder / "install.php"
    script.write_text(_INSTALL)
    names = {"WP_HOST": url.removeprefix("http://"), "WP_FOLDER": str(site), "WP_LINKS": links}
    done = subprocess.run(
        [php, "-d", "display_errors=0", str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **names},
        check=False,
    )
    begin = done.stdout.rfind('{"posts"')
    assert begin >= 0, f"WordPress was not installed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    made: dict[str, Any] = json.loads(done.stdout[begin:])
    return made


def _php() -> str:
    """The PHP that runs it; installed where we may. Raises `MissingError`."""
    found = shutil.which("php")
    if found is None or not _has_sqlite(found):
        with alone(root() / ".lock"):
            found = shutil.which("php")
            if (found is None or not _has_sqlite(found)) and os.geteuid() == 0 and shutil.which("apt-get"):
                environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
                for words in (("update", "-q"), ("install", "-y", "-q", "--no-install-recommends", *DEBIAN)):
                    subprocess.run(
                        ["apt-get", *words], capture_output=True, timeout=INSTALL_S, env=environment, check=False
                    )
                found = shutil.which("php")
    if found is None or not _has_sqlite(found):
        raise MissingError(HOW)
    return found


def _has_sqlite(php: str) -> bool:
    modules = subprocess.run([php, "-m"], capture_output=True, text=True, timeout=30, check=False).stdout.split()
    return {"sqlite3", "pdo_sqlite", "mbstring"} <= {name.lower() for name in modules}


def _builds() -> Path:
    """The folder with WordPress and the plugin, fetched when it is missing. Raises `MissingError`."""
    folder = root() / f"wordpress-builds-{VERSION}"
    with alone(root() / ".lock"):
        if (folder / CORE).is_file() and (folder / PLUGIN).is_file():
            return folder
        npm = shutil.which("npm")
        if npm is None:
            raise MissingError(f"install npm, which brings {PACKAGE}@{VERSION}")
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
        packed = next(folder.glob("*.tgz"), None)
        if done.returncode != 0 or packed is None:
            raise MissingError(f"fetch it with: cd {folder} && npm pack {PACKAGE}@{VERSION}  ({done.stderr[-300:]})")
        with tarfile.open(packed) as archive:
            for name in (CORE, PLUGIN):
                archive.extract(name, folder, filter="data")
        packed.unlink()
    return folder
