#!/usr/bin/env bash
# What the tests need of the system: a browser, Chinese letters, PostgreSQL, a PDF reader, Java. Nothing when all is there.
source "$(dirname "$0")/common.sh"

missing=()
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || missing+=(chromium)
ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || missing+=(fonts-noto-cjk)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing+=(postgresql)
command -v pdftoppm >/dev/null || missing+=(poppler-utils)
command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    fail "测试还需要这些系统软件，请用管理员身份安装后再试：" \
        "The tests need these packages; install them as root, then run this again:" \
        "    apt-get install ${missing[*]}"
fi
say "安装测试要用的系统软件  installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# No server of the whole machine is wanted: the tests start a cluster of their own.
mkdir -p /etc/postgresql-common && touch /etc/postgresql-common/createcluster.conf
grep -q '^create_main_cluster' /etc/postgresql-common/createcluster.conf ||
    echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
apt-get -qq -o DPkg::Lock::Timeout=600 update >/dev/null
apt-get -qq -o DPkg::Lock::Timeout=600 install --no-install-recommends "${missing[@]}" >/dev/null </dev/null
