"""`ankang gateway`: the local payment gateway for trials, a server of its own on this machine."""

import argparse
from pathlib import Path

from django.conf import settings

from ankang.gateways.local import serve, write_account
from ankang.rules.errors import InvalidInput, file_trouble


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = subparsers.add_parser("gateway", help="开一个演示用的支付平台（只在本机，不是真钱）")
    parser.add_argument("--port", type=int, default=8010, metavar="端口", help="听哪个端口，默认8010")
    parser.add_argument(
        "--notify", default="http://127.0.0.1:8000/pay/notify/", metavar="网址", help="付款后通知到哪里"
    )


def run(args: argparse.Namespace) -> int:
    """Write a trial account where there is none, and serve until the process is stopped."""
    path = Path(settings.GATEWAY_FILE)
    account = write_account(path, f"http://127.0.0.1:{args.port}", args.notify)
    if account.base_url != f"http://127.0.0.1:{args.port}":
        raise InvalidInput(
            f"{path} 是别的支付账户（或别的端口）的。真实账户不能用演示平台；演示账户请照原端口开，或删去这个文件重来。"
        )
    try:
        server = serve(path, args.port)
    except OSError as error:
        raise InvalidInput(f"端口{args.port}用不了：{file_trouble(error)}。换一个 --port。") from error
    print(f"演示支付平台在 {server.base_url}，账户文件 {path}。按 Ctrl+C 停止。", flush=True)
    with server:
        server.serve_forever()
    return 0
