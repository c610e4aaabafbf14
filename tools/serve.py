"""`make run`: bring the database up to date, make the sample town in an empty one, then serve in the foreground."""

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


def say(text: str) -> None:
    print(f"● {text}", flush=True)


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            sys.exit(f"✗ 端口 {port} 已被占用，请换一个：make run PORT={port + 1}  the port is taken")


def is_empty() -> bool:
    """True when nothing stands here yet: no sample, and not the first step of a real installation either."""
    from ankang.sample.load import HoldsRealData, is_sample, refuse_real_data

    try:
        refuse_real_data()
    except HoldsRealData:
        return False
    return not is_sample()


def main() -> None:
    port = int(os.environ.get("PORT", "8000"))
    refuse_taken_port(port)
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ankang.config.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    say(f"数据在 {settings.DATA}，数据库升到最新  migrating")
    call_command("migrate", verbosity=0)
    if is_empty():
        say("数据库是空的：建示例镇，账号只显示这一次  making the sample town; its accounts are shown once")
        from ankang.cli.main import main as ankang

        if status := ankang(["demo"]):
            sys.exit(status)
    ankang_command = str(Path(sys.executable).with_name("ankang"))
    subprocess.Popen([ankang_command, "work", "--with-parent"], stdin=subprocess.DEVNULL)  # ends with the server
    say(f"请打开 http://{HOST}:{port}/  （按 Ctrl-C 停止）  serving; Ctrl-C stops")
    granian = str(Path(sys.executable).with_name("granian"))
    options = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "1", "--log-level", "warning"]
    sys.stdout.flush()
    os.execv(granian, [granian, *options, "--host", HOST, "--port", str(port), "ankang.config.wsgi:application"])


if __name__ == "__main__":
    main()
