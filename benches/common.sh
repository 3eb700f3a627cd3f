# benches/common.sh: what benches/run and benches/series share. Both source it, and set `root`, the folder of the
# repository, and `bench`, the word that their messages begin with.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables that the scripts which source it set or use

say() { printf '%s: %s\n' "$bench" "$*" >&2; }
die() { say "$*"; exit 2; }

# ---- the tools and the programs --------------------------------------------------------------------------

# Sees that the tools are there; installs wrk where it may.
tools() {
    local tool apt
    for tool in cargo curl awk; do
        command -v "$tool" >/dev/null || die "$tool is missing; install it"
    done
    if ! command -v wrk >/dev/null; then
        if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
            die "wrk is missing, and installing it needs root and apt: run 'apt-get install wrk'"
        fi
        say "installing wrk by apt"
        apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
        "${apt[@]}" update >&2 </dev/null || die "apt-get update failed"
        "${apt[@]}" install -y --no-install-recommends wrk >&2 </dev/null ||
            die "apt could not install wrk; install it by hand"
    fi
}

# build KIND NAME: prints where the program lies.
build() {
    (cd "$root" && cargo build --locked --release "--$1" "$2" --message-format=json-render-diagnostics) |
        sed -n "s/.*\"target\":{\"kind\":\[\"$1\"\][^}]*\"name\":\"$2\".*\"executable\":\"\([^\"]*\)\".*/\1/p"
}

# ---- what is started is stopped --------------------------------------------------------------------------

mine=()

stop() {
    local pid=$1 n
    kill -TERM "$pid" 2>/dev/null || true
    for ((n = 0; n < 100; n++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# shellcheck disable=SC2317 # called by the trap
tidy() {
    local status=$? pid
    trap - EXIT
    trap '' INT TERM HUP
    for pid in "${mine[@]}"; do stop "$pid"; done
    rm -rf "$place"
    exit "$status"
}
# Makes the folder `place`; from here on whatever is started is stopped.
begin() {
    place=$(mktemp -d "${TMPDIR:-/tmp}/onrecord-bench.XXXXXX")
    trap tidy EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# ---- starting --------------------------------------------------------------------------------------------

# A nap without a process: a read that times out.
exec {nothing}<> <(:)
nap() { read -r -t "$1" -u "$nothing" || true; }

# Whether the address answers 200.
answers() {
    local socket line=
    { exec {socket}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&"$socket"
    read -r -t 5 -u "$socket" line || true
    exec {socket}>&-
    [[ "$line" == "HTTP/1.1 200"* ]]
}

free_port() {
    local socket
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000))
        if { exec {socket}<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; then exec {socket}>&-; else return 0; fi
    done
    die "no free port was found"
}

# start PATH LOG COMMAND...: starts it, waits for its first 200; sets `pid` and `first` (microseconds).
start() {
    local path=$1 log=$2 begun now
    shift 2
    begun=${EPOCHREALTIME/./}
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    mine+=("$pid")
    until answers "$port" "$path"; do
        now=${EPOCHREALTIME/./}
        if ! kill -0 "$pid" 2>/dev/null || ((now - begun > 20000000)); then
            tail -n 5 "$log" >&2
            die "$1 ${2:-} does not answer"
        fi
        nap 0.002
    done
    now=${EPOCHREALTIME/./}
    first=$((now - begun))
}

# ---- what the system tells of a process ------------------------------------------------------------------

hertz=$(getconf CLK_TCK)

# The ticks that a process has used; with "all" also those of its children, living and gone.
ticks() {
    local stat fields sum=0 other
    stat=$(<"/proc/$1/stat")
    # shellcheck disable=SC2206 # split on purpose, behind the name, which may hold spaces
    fields=(${stat##*) })
    sum=$((fields[11] + fields[12]))
    if [[ "${2:-}" == all ]]; then
        sum=$((sum + fields[13] + fields[14]))
        for other in /proc/[0-9]*/stat; do
            { stat=$(<"$other"); } 2>/dev/null || continue
            # shellcheck disable=SC2206
            fields=(${stat##*) })
            if [[ "${fields[1]}" == "$1" ]]; then sum=$((sum + fields[11] + fields[12])); fi
        done
    fi
    printf '%d' "$sum"
}

kilobytes() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/status"; }

# ---- talking to the product ------------------------------------------------------------------------------

# token SERVER ROLE [NTH]: a fresh access token; they live ten minutes.
token() {
    local form answer
    form=$(awk -v role="$2" -v nth="${3:-1}" -F'"' '
        $2 == "role" { mine = ($4 == role && ++n == nth) }
        mine && $2 == "client_id" { id = $4 }
        mine && $2 == "client_secret" { printf "client_id=%s&client_secret=%s", id, $4; exit }
    ' "$place/$1/demo-credentials.json")
    answer=$(curl -sS --max-time 10 -d grant_type=client_credentials -d "$form" "${base[$1]}/oauth/token")
    answer=${answer#*\"access_token\":\"}
    printf '%s' "${answer%%\"*}"
}

# ask SERVER METHOD PATH [CURL'S ARGUMENT...]: sets `status` and `etag`, and leaves the body in $place/body.
ask() {
    local server=$1 method=$2 path=$3
    shift 3
    status=$(curl -sS --max-time 10 -X "$method" -o "$place/body" -D "$place/headers" -w '%{http_code}' "$@" \
        "${base[$server]}$path")
    etag=$(awk 'tolower($1) == "etag:" { sub(/\r$/, ""); sub(/^[^:]*: /, ""); print }' "$place/headers")
}

want() { [[ "$status" == "$1" ]] || { head -c 600 "$place/body" >&2; echo >&2; die "$2 answered $status, not $1"; }; }

# What wrk said, as: requests, requests per second, p50 and p99 in milliseconds, faults.
digest() {
    awk '
        function ms(text) {
            if (text ~ /us$/) return text / 1000
            if (text ~ /ms$/) return text + 0
            if (text ~ /m$/) return text * 60000
            return text * 1000
        }
        $1 == "50%" { p50 = ms($2) }
        $1 == "99%" { p99 = ms($2) }
        /requests in/ { requests = $1 }
        $1 == "Requests/sec:" { rate = $2 }
        /Non-2xx|Socket errors/ { faults = 1 }
        END { printf "%d %.1f %.3f %.3f %d\n", requests, rate, p50, p99, faults }
    ' "$1"
}
