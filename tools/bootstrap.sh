#!/bin/sh
# Build .venv from the hashed lists in requirements/ and touch nothing else.
#
#   tools/bootstrap.sh run     what `make run` needs
#   tools/bootstrap.sh test    that, and what the checks and tests need
#
# Does nothing when .venv already holds these lists. Works with any Python 3 that can make a virtual
# environment: when it is older than the portal needs, uv fetches a newer one into .venv.
set -eu
cd "$(dirname "$0")/.."

case "${1:-test}" in
    run) lists="runtime local postgres" ;;
    test) lists="runtime local postgres dev" ;;
    *) echo "usage: tools/bootstrap.sh run|test" >&2; exit 2 ;;
esac
[ ! -f .venv/installed-dev ] || lists="runtime local postgres dev" # never take the test tools away again

fail() {
    echo "Cannot build .venv: $1" >&2
    exit 1
}

# .venv/installed-LIST is a copy of the list as it was installed.
up_to_date() {
    .venv/bin/python -c "" 2>/dev/null || return 1
    for list in $lists; do
        cmp -s "requirements/$list.txt" ".venv/installed-$list" || return 1
    done
}

starts() { # a pyenv shim may stand on PATH and refuse to run: only starting it tells
    "$1" -c "$2" >/dev/null 2>&1
}

find_python() {
    pyenv="$HOME/.pyenv/versions"
    for python in python3.14 python3.13 python3.12 \
        "$pyenv"/3.14*/bin/python "$pyenv"/3.13*/bin/python "$pyenv"/3.12*/bin/python python3
    do
        if starts "$python" "import ssl, venv, sys; sys.exit(not (3, 12) <= sys.version_info < (3, 15))"
        then
            echo "$python"
            return
        fi
    done
    return 1
}

make_environment() { # make_environment PYTHON FOLDER
    starts "$1" "import ensurepip" || install_venv_module "$1"
    "$1" -m venv --clear "$2" || fail "$1 could not make a virtual environment (see above)."
    "$2/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/bootstrap.txt || fail "the package registry did not give uv (is the network up?)."
}

install_venv_module() { # Debian and Ubuntu keep it apart
    version=$("$1" -c "import sys; print('%d.%d' % sys.version_info[:2])")
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing python$version-venv with apt-get…"
        { apt-get update -qq && apt-get install -y -qq "python$version-venv"; } </dev/null >/dev/null 2>&1 || true
    fi
    starts "$1" "import ensurepip" ||
        fail "Python $version lacks its venv module; install the package python$version-venv."
}

fetch_python() {
    starts python3 "import venv" || fail "no Python 3 was found; install python3 (3.12 or newer is best)."
    echo "No Python 3.12–3.14 here; uv fetches one into .venv…"
    seed=$(mktemp -d)
    trap 'rm -rf "$seed"' EXIT
    make_environment python3 "$seed"
    rm -rf .venv
    UV_PYTHON_INSTALL_DIR="$PWD/.venv/interpreter" \
        "$seed/bin/uv" venv --quiet --seed --allow-existing --managed-python --python 3.13 .venv ||
        fail "uv could not fetch Python 3.13; install Python 3.12, 3.13 or 3.14 and try again."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/bootstrap.txt || fail "the package registry did not give uv (is the network up?)."
}

share_pip_settings() { # uv does not read pip's: hand on a mirror and its certificate
    pip_setting() { .venv/bin/python -m pip config get "$1" 2>/dev/null || true; }
    mirror=${PIP_INDEX_URL:-$(pip_setting global.index-url)}
    certificates=${PIP_CERT:-$(pip_setting global.cert)}
    [ -z "$mirror" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$mirror}"
    [ -z "$certificates" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}"
    export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"
}

sync_lists() { # sync_lists LIST…
    files="requirements/bootstrap.txt"
    for list in "$@"; do files="$files requirements/$list.txt"; done
    # shellcheck disable=SC2086
    .venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes $files
}

install_lists() { # there is no package of PostgreSQL for musl and old systems: tools/postgres then takes theirs
    rm -f .venv/installed-*
    # shellcheck disable=SC2046,SC2086
    sync_lists $lists 2>/dev/null || {
        sync_lists $(echo $lists | sed "s/ postgres//") ||
            fail "the packages could not be installed (see above; is the network up?)."
        echo "There is no PostgreSQL package for this machine; one of the system's will be looked for."
    }
    for list in $lists; do cp "requirements/$list.txt" ".venv/installed-$list"; done
}

up_to_date && exit 0
if ! .venv/bin/uv --version >/dev/null 2>&1 || ! starts .venv/bin/python ""; then
    if python=$(find_python); then
        echo "Building .venv with $("$python" --version)…"
        make_environment "$python" .venv
    else
        fetch_python
    fi
fi
share_pip_settings
echo "Installing packages into .venv…"
install_lists
