"""What tests/cluster/run asks of its cluster: the state, the load and the checks. Only Python's own library.

    cluster.py whole SECONDS            waits until all three nodes are in order; prints the primary
    cluster.py other NODE SECONDS       waits until another node is the primary; prints it
    cluster.py written FOLDER T SECONDS waits until a write that was sent after T is acknowledged
    cluster.py load FOLDER              reads and writes until SIGTERM
    cluster.py check FOLDER             reads everything back, and prints the table
"""

import collections
import http.client
import json
import pathlib
import random
import signal
import sys
import threading
import time
import urllib.parse
import urllib.request

PORTS = (8081, 8082)
# Of five plans a writer sends one without waiting for the answer, and then again to the other process.
WRITERS = 8
READERS = 3  # of each process
WRITES_WITHIN = 15.0
READS_WITHIN = 1.0
# How soon a request is repeated. Retry-After says more; this is to see when writes work again.
AGAIN = 0.2


# ---- the state of the cluster ----


NODES = ("node1", "node2", "node3")


def fetch(node, path):
    """The body of Patroni's 200 at that node, or None."""
    try:
        with urllib.request.urlopen(f"http://{node}:8008{path}", timeout=1) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def primaries():
    """The nodes that say of themselves that they are the primary."""
    return [node for node in NODES if fetch(node, "/primary")]


def whole():
    """The primary, if two replicas follow it, one of them synchronously, and all three nodes say so. A node that was cut
    off still has the members as they were before."""
    views = [fetch(node, "/cluster") for node in NODES]
    for view in views:
        found = (view or {}).get("members", [])
        in_order = (
            len(found) == 3
            and all(one["state"] in ("running", "streaming") for one in found)
            and len({one.get("timeline") for one in found}) == 1
            and any(one["role"] == "sync_standby" for one in found)
            and all(one.get("lag", 0) in range(1 << 20) for one in found)
        )
        if not in_order:
            return None
    leaders = {one["name"] for view in views for one in view["members"] if one["role"] == "leader"}
    return next(iter(leaders)) if [*leaders] == primaries() else None


def until(seconds, ask):
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    sys.exit(1)


def another(old):
    found = primaries()
    return found[0] if found and old not in found else None


def written(folder, after):
    lines = (pathlib.Path(folder) / "acks.tsv").read_text().splitlines()[-50:]
    return any(float(line.split("\t")[0]) > float(after) for line in lines if line.count("\t") == 4)


# ---- requests ----


class Caller:
    """A connection to one of the two processes, made anew after each failure."""

    def __init__(self, port, timeout):
        self.port, self.timeout, self.connection = port, timeout, None

    def ask(self, method, path, body=None, headers=None):
        """Status, headers, body; status 0 where the connection was lost or nothing came in time."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            self.connection.request(method, path, body, headers or {})
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException) as error:
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return 0, {}, type(error).__name__.encode()


    def leave(self, method, path, body, headers):
        """Sends a request and is gone before the answer comes."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            connection.request(method, path, body, headers)
            time.sleep(random.random() / 50)
            connection.close()
        except OSError:
            pass


class Token:
    """An access token, made anew every five minutes; it lives ten."""

    def __init__(self, folder):
        self.form = {"grant_type": "client_credentials"}
        for line in (pathlib.Path(folder) / "client").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name in ("client_id", "client_secret"):
                self.form[name] = value.strip()
        self.lock, self.text, self.made = threading.Lock(), None, 0.0

    def header(self):
        with self.lock:
            if time.monotonic() - self.made > 300:
                form = urllib.parse.urlencode(self.form)
                for port in PORTS:
                    headers = {"Content-Type": "application/x-www-form-urlencoded"}
                    status, _, body = Caller(port, 5).ask("POST", "/oauth/token", form, headers)
                    if status == 200:
                        self.text, self.made = json.loads(body)["access_token"], time.monotonic()
                        break
            return {"Authorization": f"Bearer {self.text}"}


# ---- the load ----


class Load:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.token = Token(folder)
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.wrong = None
        self.acks = open(self.folder / "acks.tsv", "w", buffering=1)
        self.taken = open(self.folder / "taken.tsv", "w", buffering=1)
        self.reads = open(self.folder / "reads.tsv", "w", buffering=1)

    def count(self, what, status, body):
        detail = ""
        if status not in (0, 200, 201):
            try:
                detail = json.loads(body).get("detail", "")
            except ValueError:
                detail = repr(body[:60])
        elif status == 0:
            detail = body.decode()
        with self.lock:
            self.counts[what, status, detail[:110]] += 1

    def read(self, port, number):
        caller = Caller(port, 5)
        while not self.ended.is_set():
            # A moment that nobody has asked for: no kept answer will do.
            moment = time.time() - 1
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1e6):06d}Z"
            status, _, body = caller.ask("GET", f"/v1/objectives?limit={5 + number}&as_of={text}")
            if status == 200 and not json.loads(body)["data"]:
                status, body = 999, b'{"detail": "an empty list"}'
            self.count("read", status, body)
            if status == 200:
                with self.lock:
                    self.reads.write(f"{time.time():.6f}\t{port}\n")
            time.sleep(0.05)

    def write(self, number):
        callers = [Caller(port, 15) for port in PORTS]
        n = 0
        while not self.ended.is_set():
            n += 1
            key = f"LOAD-{number}-{n}-{time.time_ns()}"
            plan = json.dumps({"reference": key, "title": key, "from": "2025-04-01", "to": "2029-03-31"})
            give_up = time.monotonic() + 300
            attempt = number + n
            while time.monotonic() < give_up:
                attempt += 1
                caller = callers[attempt % 2]
                headers = {"Content-Type": "application/json", "Idempotency-Key": key, **self.token.header()}
                if n % 5 == 0 and attempt == number + n + 1:
                    caller.leave("POST", "/v1/plans", plan, headers)
                    continue
                sent = time.time()
                status, back, body = caller.ask("POST", "/v1/plans", plan, headers)
                replayed = " again" if status == 201 and back.get("Idempotency-Replayed") else ""
                self.count("write" + replayed, status, body)
                if status == 201:
                    with self.lock:
                        self.acks.write(f"{sent:.6f}\t{time.time():.6f}\t{caller.port}\t{key}\t{back['Location']}\n")
                    break
                if status == 409 and b'"taken"' in body:
                    # The key was not known again, and only the reference kept the plan from being there twice.
                    with self.lock:
                        self.taken.write(f"{key}\n")
                    break
                if 400 <= status < 500 and status not in (401, 409, 429):
                    self.wrong = f"a write answers {status}: {body[:600]!r}"
                    self.ended.set()
                    return
                time.sleep(AGAIN)
            time.sleep(0.05)

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_: self.ended.set())
        threads = [threading.Thread(target=self.write, args=(n,)) for n in range(WRITERS)]
        threads += [threading.Thread(target=self.read, args=(port, n)) for port in PORTS for n in range(READERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with open(self.folder / "counts.tsv", "w") as out:
            for (what, status, detail), n in sorted(self.counts.items()):
                out.write(f"{n}\t{what}\t{status}\t{detail}\n")
        if self.wrong:
            sys.exit(self.wrong)


# ---- the checks ----


def longest_pause(times, begun, ended):
    """The longest time from the fault to when all was whole without any of these moments."""
    within = [begun, *sorted(t for t in times if begun < t < ended), ended]
    return max(later - earlier for earlier, later in zip(within, within[1:]))


def drafts(caller, header):
    """Every plan that the load made: how many there are of each title."""
    found, first = collections.Counter(), "/v1/plans?limit=200&fields=title"
    path = first
    for _ in range(10_000):
        status, _, body = caller.ask("GET", path, headers=header)
        if status != 200:
            sys.exit(f"the list of plans answers {status}: {body[:300]!r}")
        page = json.loads(body)
        found.update(one["title"] for one in page["data"] if one["title"].startswith("LOAD-"))
        if not page["page"]["next"]:
            return found
        path = f"{first}&cursor={page['page']['next']}"
    sys.exit("the list of plans does not end")


def check(folder):
    folder = pathlib.Path(folder)
    token, caller = Token(folder), Caller(PORTS[0], 15)
    rows = lambda name: [line.split("\t") for line in (folder / name).read_text().splitlines()]
    acks, reads, faults = rows("acks.tsv"), rows("reads.tsv"), rows("faults.tsv")

    lost = []
    for _, acked, _, key, location in acks:
        path = location[location.index("/v1/") :]
        status, _, body = caller.ask("GET", path, headers=token.header())
        plan = json.loads(body) if status == 200 else {}
        if (plan.get("title"), plan.get("reference"), plan.get("edit")) != (key, key, 1):
            lost.append((float(acked), key, status))
    found = drafts(caller, token.header())
    twice = [(key, n) for key, n in found.items() if n > 1] + [(key, 2) for (key,) in rows("taken.tsv")]
    acked_keys = [key for _, _, _, key, _ in acks]
    two_places = len(acked_keys) - len(set(acked_keys)) + len(acks) - len({location for *_, location in acks})

    moments = [float(acked) for _, acked, *_ in acks]
    of_process = [[float(t) for t, port in reads if int(port) == each] for each in PORTS]
    print(
        "| | Fault of the primary | Another is the primary after | No write acknowledged for | No public read for "
        "| Whole again after | Acknowledged | Lost | Twice |"
    )
    print("|---:|---|---:|---:|---:|---:|---:|---:|---:|")
    starts = [float(row[3]) for row in faults] + [float("inf")]
    late = missed = 0
    for n, (kind, old, new, begun, taken, settled) in enumerate(faults):
        begun, taken, settled = float(begun), float(taken), float(settled)
        no_write = longest_pause(moments, begun, settled)
        # Of the process for whose callers it was longer.
        no_read = max(longest_pause(times, begun, settled) for times in of_process)
        late += no_write > WRITES_WITHIN
        missed += no_read > READS_WITHIN
        mine = lambda t: starts[n] <= t < starts[n + 1]
        print(
            f"| {n + 1} | {kind} ({old}, then {new}) | {taken - begun:.1f} s | {no_write:.1f} s | {no_read:.1f} s "
            f"| {settled - begun:.1f} s | {sum(map(mine, moments))} | {sum(mine(t) for t, *_ in lost)} "
            f"| {sum(mine(int(key.rsplit('-', 1)[1]) / 1e9) for key, _ in twice)} |"
        )
    print()
    print("What the callers were told:")
    for n, what, status, detail in rows("counts.tsv"):
        print(f"  {n:>7} {what}: {status if status != '0' else 'no answer'}{', ' + detail if detail else ''}")
    print()
    print(f"acknowledged: {len(acks)}; lost: {len(lost)}; twice: {len(twice) + two_places}")
    print(f"writes: {len(faults) - late} of {len(faults)} times back within {WRITES_WITHIN:.0f} s")
    goal = ": MISSED" if missed else ""
    print(f"reads: {len(faults) - missed} of {len(faults)} times never away for more than {READS_WITHIN:.0f} s{goal}")
    for _, key, status in lost[:10]:
        print(f"LOST: {key} ({status})")
    for key, n in twice[:10]:
        print(f"TWICE: {key}, {n} times")
    if not acks or not faults or sum(found.values()) < len(set(acked_keys)):
        sys.exit("there is less on record than was acknowledged, or nothing was tried")
    sys.exit(1 if lost or twice or two_places or late or missed else 0)


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "whole":
        print(until(arguments[0], whole))
    elif command == "other":
        print(until(arguments[1], lambda: another(arguments[0])))
    elif command == "written":
        until(arguments[2], lambda: written(arguments[0], arguments[1]))
    elif command == "load":
        Load(arguments[0]).run()
    elif command == "check":
        check(arguments[0])
    else:
        sys.exit(__doc__)


main()
